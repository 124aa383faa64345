import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { build } from '../helper.js'

t.test('a request that comes while the service stops is refused, with the envelope', async t => {
  const { app } = await build(t)
  const answers: Response[] = []
  const alive: number[] = []
  app.addHook('preClose', async () => {
    const get = async (path: string) =>
      await fetch(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}${path}`)
    for (const path of ['/api/getGeneratorStatus', '/health/ready', '/elsewhere']) answers.push(await get(path))
    alive.push((await get('/health/live')).status)
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  await app.close()
  for (const answer of answers) {
    t.equal(answer.status, 503)
    t.equal(answer.headers.get('cache-control'), 'no-store')
    t.same(await answer.json(), {
      status: 'error',
      statusCode: 503,
      code: 'SERVICE_STOPPING',
      message: 'The service is shutting down: send the request again once it is back',
      data: null,
    })
  }
  t.equal(answers.length, 3)
  t.strictSame(alive, [200])
})

t.test('an answer under way ends its connection, which would hold up the end else', async t => {
  const { app } = await build(t)
  const events = new EventEmitter()
  app.get('/slow', async () => {
    events.emit('arrived')
    await once(events, 'released')
    return 'done'
  })
  app.addHook('preClose', async () => { events.emit('released') })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const arrived = once(events, 'arrived')
  const answer = fetch(`${url}/slow`)
  await arrived
  const closed = app.close()
  t.equal((await answer).headers.get('connection'), 'close')
  await closed
})
