import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import t from 'tap'
import { addressesOf, listen } from '../../src/http/listen.js'
import { untilClosed } from '../fixtures/sockets.js'
import { build } from '../helper.js'

t.test('localhost stands for its addresses, every other host for itself', async t => {
  t.ok((await addressesOf('localhost')).includes('127.0.0.1'))
  t.strictSame(await addressesOf('127.0.0.1'), ['127.0.0.1'])
})

t.test('one server answers on two addresses, and its stop closes both', async t => {
  const { app, log } = await build(t)
  // The last address is for documentation (RFC 5737), so that no machine has it.
  await listen(app, { addresses: ['127.0.0.1', '127.0.0.2', '192.0.2.1'], port: 0 })
  const { port } = app.server.address() as AddressInfo
  for (const host of ['127.0.0.1', '127.0.0.2']) {
    t.equal((await fetch(`http://${host}:${port}/health/live`)).status, 200)
  }
  t.match(log.filter(({ msg }) => String(msg).startsWith('HOST is')), [
    { level: 40, msg: 'HOST is 192.0.2.1, too, which cannot be listened on (EADDRNOTAVAIL)' }
  ])
  const silent = connect(port, '127.0.0.2')
  await once(silent, 'connect')
  const closed = untilClosed(silent)
  await app.close()
  await closed
  await t.rejects(once(connect(port, '127.0.0.2'), 'connect'), { code: 'ECONNREFUSED' })
})
