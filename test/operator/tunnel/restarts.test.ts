import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { untilClosed } from '../../fixtures/sockets.js'
import { startThroughTunnel } from './enclave-service.js'

const INFO = '/api/getServiceInfo'

t.test('the service is killed with -9 behind an open tunnel, and comes back', async t => {
  const { service, tunnel, call, start } = await startThroughTunnel(t)
  const { data: key } = (await call('POST', '/api/generateApiKey')).body
  service.setApiKey(key)
  const before = (await call('GET', INFO, key)).body['data']
  t.equal(before.channel, 'tls')
  const idle = tunnel.open()
  idle.write(`GET ${INFO} HTTP/1.1\r\napi-key: ${key}\r\n\r\n`)
  await once(idle, 'data')
  const followed = get(`${tunnel.url}/api/getGeneratorLogs?follow=true`, { headers: { 'api-key': key } })
  const [answer] = await once(followed, 'response') as [IncomingMessage]
  t.equal(answer.statusCode, 200)
  const broken = t.rejects(text(answer), { message: 'aborted' }, 'a stream that is cut is not whole')
  const ended = once(idle.resume(), 'end')
  const closed = untilClosed(idle)
  service.child.kill('SIGKILL')
  await Promise.all([ended, closed, broken])
  t.match(await call('GET', INFO, key), { status: 502, body: { code: 'UNREACHABLE', statusCode: 502 } })

  await start('first')
  const after = (await call('GET', INFO, key)).body['data']
  t.equal(after.attested_address, before.attested_address)
  t.not(after.boot_id, before.boot_id)
  t.not(after.spki_sha256, before.spki_sha256)
  tunnel.child.kill('SIGTERM')
  t.same(await tunnel.exited, [0, null])
  t.match(await tunnel.notes, /^generator-client: Refused connections: 1\. No TLS connection to .*\n$/)
})

t.test('another enclave takes over: a new document, new keys in the profile, and a note', async t => {
  const { service, tunnel, call, start } = await startThroughTunnel(t)
  const before = await tunnel.readProfile()
  service.child.kill('SIGTERM')
  await service.exited
  await start('second')
  t.match((await call('POST', '/api/generateApiKey')).body, { status: 'success' })
  const after = await tunnel.readProfile()
  t.not(after.attested_key, before.attested_key)
  t.not(after.enclave_public_key, before.enclave_public_key)
  tunnel.child.kill('SIGINT')
  t.same(await tunnel.exited, [0, null])
  t.match(await tunnel.notes, /^generator-client: The enclave has new keys\. Its document passes\. Register them on/)
})
