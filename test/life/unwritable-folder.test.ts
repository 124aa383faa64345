import { execFileSync } from 'node:child_process'
import { chmod, readdir } from 'node:fs/promises'
import t from 'tap'
import { spawnService } from '../service-process.js'

const isRoot = process.getuid!() === 0

function has (program: string): boolean {
  try {
    execFileSync(program, ['--version'])
    return true
  } catch {
    return false
  }
}

t.test('a CONFIG_DIR that may not be written to stops the start-up, by name', { skip: isRoot && !has('setpriv') && 'as root this needs setpriv' }, async t => {
  const folder = t.testdir()
  await chmod(folder, 0o500)
  // Root may write everywhere, by a capability.
  const before = isRoot ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : []
  const { output, exited } = spawnService(t, { folder, before, isMeasured: false })
  t.same(await exited, [1, null])
  t.same(output.map(line => JSON.parse(line).msg), [
    `generator-client cannot start: CONFIG_DIR ${folder} cannot be written to (EACCES): give this user the right to, or name another folder`,
  ])
  t.same(await readdir(folder), [])
  await chmod(folder, 0o700)
})
