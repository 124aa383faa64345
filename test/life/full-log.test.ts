import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../tools/demo/free-port.js'
import { until } from '../supervisor/real/processes.js'

const SERVER = join(import.meta.dirname, '../../dist/src/server.js')

t.test('a log that cannot be written holds up neither answers nor the end', async t => {
  const full = await open('/dev/full', 'w')
  const port = await freePort()
  const child = spawn(process.execPath, [SERVER], {
    env: {
      ...process.env, PORT: String(port), CONFIG_DIR: t.testdir(), SECP_KEY_PATH: '/nowhere', CHAIN_CHECKS: 'off'
    },
    stdio: ['ignore', full.fd, 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  await full.close()
  const isAlive = async () => await fetch(`http://127.0.0.1:${port}/health/live`).then(({ ok }) => ok, () => false)
  await until('it answers', isAlive)
  for (let round = 0; round < 20; round++) t.equal((await fetch(`http://127.0.0.1:${port}/elsewhere`)).status, 404)
  child.kill('SIGTERM')
  t.same(await once(child, 'exit'), [0, null])
})
