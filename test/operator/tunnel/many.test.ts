import { once } from 'node:events'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { startEnclave } from '../channel/enclave.js'
import { startThroughTunnel } from './enclave-service.js'
import { startTunnel } from './tunnel-process.js'

const COUNT = 1000

t.test('1,000 connections at once, all open together', async t => {
  const enclave = await startEnclave(t)
  const tunnel = await startTunnel(t, { folder: t.testdir(), ...enclave })
  const before = enclave.connections.length
  const clients = await Promise.all(Array.from({ length: COUNT }, async (): Promise<Socket> => {
    const client = tunnel.open()
    client.write('GET /x HTTP/1.1\r\nhost: x\r\n\r\n')
    t.match(String((await once(client, 'data'))[0]), /^HTTP\/1\.1 200 /)
    return client
  }))
  t.equal(enclave.connections.length - before, COUNT)
  for (const client of clients) client.destroy()
})

t.test('1,000 connections at once to the service, which allows 512', async t => {
  const { service, tunnel, call } = await startThroughTunnel(t)
  const { data: key } = (await call('POST', '/api/generateApiKey')).body
  service.setApiKey(key)
  const answers = await Promise.all(Array.from({ length: COUNT }, async () => {
    const client = tunnel.open()
    client.write(`GET /api/getServiceInfo HTTP/1.1\r\napi-key: ${key}\r\nconnection: close\r\n\r\n`)
    return await text(client).catch((error: Error) => error.message)
  }))
  t.same(answers.filter(answer => !/^HTTP\/1\.1 200 /.test(answer)), [])
})
