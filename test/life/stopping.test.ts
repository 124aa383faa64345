import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { recoverEnclaveKey, sealRequest } from '../../operator/client/encryption/secure-channel.js'
import { freePort } from '../../tools/demo/free-port.js'
import { numberedGenerator, setup } from '../fixtures/configuration.js'
import { type ServiceProcess, startService } from '../service-process.js'
import { untilClosed } from '../fixtures/sockets.js'

const PROGRAM = `[program:kalypso-generator]
command=/usr/bin/yes ${'line'.repeat(500)}
autostart=false
startsecs=0
`

interface Started { service: ServiceProcess, key: string, metricsPort: number }

async function start (t: Test, program = PROGRAM): Promise<Started> {
  const root = t.testdir({ 'supervisord.conf': program, data: {} })
  const metricsPort = await freePort()
  const service = await startService(t, {
    folder: join(root, 'data'),
    variables: {
      SUPERVISORD_CONF: join(root, 'supervisord.conf'), METRICS_PORT: String(metricsPort)
    },
    isMeasured: true,
  })
  const key = (await service.call('POST', '/api/generateApiKey')).body['data']
  service.setApiKey(key)
  t.equal((await service.call('POST', '/api/generatorConfigSetup', setup)).status, 200)
  return { service, key, metricsPort }
}

async function open (
  t: Test,
  port: number,
  sent = ''
): Promise<{ socket: Socket, answer: () => string, answered: Promise<unknown>, closed: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1')
  t.teardown(() => socket.destroy())
  let answer = ''
  // The tests compare the beginning.
  socket.on('data', (data) => { if (answer.length < 10_000) answer += data })
  const answered = new Promise(resolve => socket.once('data', resolve))
  const closed = untilClosed(socket)
  await once(socket, 'connect')
  if (sent !== '') socket.write(sent)
  return { socket, answer: () => answer, answered, closed }
}

/** Sends a request's head and the start of its body. The service has asked for the body, so it has seen the head. */
async function openBody (t: Test, started: Started, url: string, text: string) {
  const connection = await open(t, portOf(started), [
    `POST /api/${url} HTTP/1.1`, 'host: x', `api-key: ${started.key}`, 'content-type: application/json',
    `content-length: ${text.length}`, 'expect: 100-continue', '', '',
  ].join('\r\n'))
  await connection.answered
  connection.socket.write(text.slice(0, 9))
  const answer = () => connection.answer().replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '')
  return { ...connection, answer, rest: text.slice(9) }
}

function portOf ({ service }: Started): number {
  return Number(new URL(service.url).port)
}

/** Ends the service while the connections are in this state. An end by force, after 9 s, would have the exit code 1. */
async function stop (t: Test, { service }: Started): Promise<void> {
  service.child.kill('SIGTERM')
  t.same(await service.exited, [0, null])
  t.notOk(service.output.some(line => JSON.parse(line).level >= 50), service.output.join('\n'))
}

t.test('connections without a whole request do not hold up the end', async t => {
  const started = await start(t)
  const answered = 'GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n'
  const connections = await Promise.all([portOf(started), started.metricsPort].flatMap(port => [
    open(t, port), open(t, port, 'GET /health/live HTTP/1.1\r\nhost: x\r\na: '), open(t, port, answered),
  ]))
  await Promise.all([connections[2], connections[5]].map(async connection => await connection!.answered))
  await stop(t, started)
  await Promise.all(connections.map(async ({ closed }) => await closed))
  t.same(connections.map(({ answer }) => answer().slice(0, 12)), ['', '', 'HTTP/1.1 200', '', '', 'HTTP/1.1 404'])
})

t.test('clients that follow the log, also one that reads nothing, do not hold up the end', async t => {
  const started = await start(t)
  t.equal((await started.service.call('POST', '/api/startGenerator')).status, 200)
  const request = `GET /api/getGeneratorLogs?follow=true HTTP/1.1\r\nhost: x\r\napi-key: ${started.key}\r\n\r\n`
  const reading = await open(t, portOf(started), request)
  const deaf = await open(t, portOf(started), request)
  await Promise.all([reading.answered, deaf.answered])
  deaf.socket.pause()
  // The answer to the silent client fills the kernel's buffers with this size.
  while (reading.socket.bytesRead < 20_000_000) await once(reading.socket, 'data')
  await stop(t, started)
  deaf.socket.resume()
  await Promise.all([reading.closed, deaf.closed])
  t.match(reading.answer(), /^HTTP\/1\.1 200 /)
})

t.test('a body that comes slowly: one that ends in time is answered, the other refused', async t => {
  const started = await start(t)
  const text = JSON.stringify({ address: '0x'.padEnd(42, '1') })
  const quick = await openBody(t, started, 'signAddress', text)
  const slow = await openBody(t, started, 'signAddress', text)
  const dripping = setInterval(() => slow.socket.write(' '), 100)
  const stopping = stop(t, started)
  quick.socket.write(quick.rest)
  await Promise.all([quick.closed, slow.closed])
  clearInterval(dripping)
  await stopping
  t.match(quick.answer(), /^HTTP\/1\.1 200 /)
  t.match(quick.answer(), /^connection: close\r$/im)
  const [refusal = '', body = ''] = slow.answer().split('\r\n\r\n')
  t.match(refusal, /^HTTP\/1\.1 503 SERVICE_STOPPING\r/)
  t.match(refusal, /^cache-control: no-store\r$/im)
  t.same(JSON.parse(body), {
    status: 'error',
    statusCode: 503,
    code: 'SERVICE_STOPPING',
    message: 'The service is shutting down, and the body has not come in time: send the request again once it is back',
    data: null,
  })
})

t.test('a request under way gets its answer', async t => {
  const started = await start(t, '[program:kalypso-generator]\ncommand=/bin/sleep 1000\nautostart=false\nstartsecs=3\n')
  const starting = started.service.call('POST', '/api/startGenerator')
  const begun = async () => (await started.service.call(
    'GET', '/api/getGeneratorStatus'
  )).body['process'].state === 'STARTING'
  while (!await begun());
  await stop(t, started)
  t.match(await starting, { status: 200, body: { message: 'Generator started', process: { state: 'RUNNING' } } })
})

t.test('a large encrypted body that is being read is answered', async t => {
  const started = await start(t)
  const address = '0x'.padEnd(42, '1')
  const data = '.'.repeat(4000)
  const many = {
    ...setup, generator_config: Array.from({ length: 25 }, (_, number) => ({ ...numberedGenerator(number), data }))
  }
  const { body: { data: signature } } = await started.service.call('POST', '/api/signAddress', { address })
  const text = JSON.stringify(sealRequest(recoverEnclaveKey(address, signature), many).body)
  const one = await openBody(t, started, 'generatorConfigSetupEncrypted', text)
  const stopping = stop(t, started)
  one.socket.write(one.rest)
  await one.closed
  await stopping
  t.match(one.answer(), /^HTTP\/1\.1 200 /)
})
