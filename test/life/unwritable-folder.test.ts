import { chmod, readdir } from 'node:fs/promises'
import t from 'tap'
import { spawnService } from '../service-process.js'
import { cannotDropCapabilities, WITHOUT_CAPABILITIES } from '../rights.js'

t.test('a CONFIG_DIR that may not be written to stops the start-up, by name', {
  skip: cannotDropCapabilities
}, async t => {
  const folder = t.testdir()
  await chmod(folder, 0o500)
  const { output, exited } = spawnService(t, { folder, isMeasured: true, before: WITHOUT_CAPABILITIES })
  t.same(await exited, [1, null])
  t.same(output.map(line => JSON.parse(line).msg), [
    `generator-client cannot start: CONFIG_DIR ${folder} cannot be written to (EACCES): give this user the right to write, or name another folder`,
  ])
  t.same(await readdir(folder), [])
  await chmod(folder, 0o700)
})
