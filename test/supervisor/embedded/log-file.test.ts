import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { createLogFile } from '../../../src/supervisor/embedded/log-file.js'

test('only a file of the program itself gets its output as it is', async t => {
  const folder = t.testdir({ other: '' })
  const [own, other] = [join(folder, 'own'), join(folder, 'other')]
  const descriptor = openSync(other, 'a')
  for (const file of [own, `/proc/self/fd/${descriptor}`]) {
    const log = createLogFile({ file, maxBytes: 0, backups: 0 })
    await log.append(Buffer.from('as it is\n'), () => 'for others\n')
    await log.close()
  }
  t.equal(readFileSync(own, 'utf8'), 'as it is\n')
  t.equal(readFileSync(other, 'utf8'), 'for others\n')
})
