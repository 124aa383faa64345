import { once } from 'node:events'
import { connect, type AddressInfo, type Socket } from 'node:net'
import t from 'tap'
import { limits } from '../../src/limits.js'
import { build } from '../helper.js'

t.test('over the cap connections are closed, below it they are served again', async t => {
  const service = await build(t, { limits: { ...limits, maxConnections: 3 } })
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    t.teardown(() => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  const ask = async (socket: Socket): Promise<string> => {
    socket.write('GET /api/getGeneratorStatus HTTP/1.1\r\nhost: x\r\n\r\n')
    const [answer] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => ['closed'])])
    return String(answer).slice(0, 12)
  }
  const held = [await open(), await open(), await open()]
  for (const socket of held) t.equal(await ask(socket), 'HTTP/1.1 401')
  for (let round = 0; round < 5; round++) t.equal(await ask(await open()), 'closed')
  t.equal(await ask(held[0]!), 'HTTP/1.1 401', 'those that are open go on')
  held[1]!.end()
  await once(held[1]!, 'close')
  t.equal(await ask(await open()), 'HTTP/1.1 401')
  t.match(service.log.filter(({ msg }) => msg === 'connections over the cap were closed'), [{ level: 40, dropped: 1, max_connections: 3 }])
})
