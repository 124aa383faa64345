import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { random } from '../random.js'
import { spawnService, startService } from '../service-process.js'

const COUNT = 10
const LIMIT_MS = 10_000

t.test('SIGTERM at any instant of the start-up ends it, and the next start finds nothing amiss', async t => {
  const folder = t.testdir()
  const begun = performance.now()
  const first = await startService(t, { folder })
  const startMs = performance.now() - begun
  first.child.kill('SIGTERM')
  await first.exited
  const ends: Record<string, number> = {}
  for (let round = 0; round < COUNT; round++) {
    const { child, lines, output, exited } = spawnService(t, { folder })
    // Even a slow start has printed something by the last one.
    if (round === COUNT - 1) await once(lines, 'line')
    else await setTimeout((round + random()) * startMs / COUNT)
    const asked = performance.now()
    child.kill('SIGTERM')
    const [code, signal] = await exited
    t.ok(performance.now() - asked < LIMIT_MS)
    // Before Node has run a line of the service, the signal itself ends it.
    t.ok(code === 0 || signal === 'SIGTERM', `${code} ${signal}`)
    t.notOk(output.some(line => JSON.parse(line).level >= 50), output.join('\n'))
    const end = signal ?? 'a graceful end'
    ends[end] = (ends[end] ?? 0) + 1
  }
  t.ok(ends['a graceful end'], 'the service itself ended some of them')
  const service = await startService(t, { folder })
  t.equal((await service.call('POST', '/api/generateApiKey')).status, 200)
  t.notOk((await readdir(folder)).some(name => name.endsWith('.tmp')), 'no temporary file is left')
  service.child.kill('SIGTERM')
  service.child.kill('SIGTERM')
  t.same(await service.exited, [0, null])
  t.comment(`${COUNT} times SIGTERM: ${JSON.stringify(ends)}`)
})
