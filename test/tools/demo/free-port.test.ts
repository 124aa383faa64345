import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { freePort } from '../../../tools/demo/free-port.js'

t.test('below the ports that the system gives away', async t => {
  const port = await freePort()
  t.ok(port >= 10_000 && port < 32_768, String(port))
  const server = createServer().listen(port, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
})

t.test('not one that is taken', async t => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.teardown(() => taken.close())
  await once(taken, 'listening')
  const free = await freePort()
  const candidates = [(taken.address() as AddressInfo).port, free]
  t.equal(await freePort({ candidate: () => candidates.shift() ?? 0 }), free)
})
