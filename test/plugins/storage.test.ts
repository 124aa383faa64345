import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../helper.js'

t.test('a data folder that others can enter is warned of', async t => {
  const folder = t.testdir()
  await chmod(folder, 0o755)
  const { log } = await build(t, { folder })
  t.match(log[0], { level: 40, msg: `CONFIG_DIR ${folder} can be entered by other users: chmod 700 it` })
})

t.test('a private one is not', async t => {
  const folder = t.testdir()
  await chmod(folder, 0o700)
  const { log } = await build(t, { folder })
  t.notMatch(log[0], { msg: /chmod/ })
})

t.test('so are config files that others can read', async t => {
  const folder = t.testdir()
  await chmod(folder, 0o700)
  const file = join(folder, 'runtime_config.json')
  await writeFile(file, '{}', { mode: 0o640 })
  const { log } = await build(t, { folder })
  t.match(log[0], { level: 40, msg: `${file} can be read by other users: chmod 600 it` })
})
