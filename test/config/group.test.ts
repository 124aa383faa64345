import { chmod, chown, mkdir, readdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { CONFIG_FILES, GENERATOR_FILE, RUNTIME_FILE } from '../../src/config/pair/files.js'
import { openDataFolder } from '../../src/config/pair/folder.js'
import { createConfigPair } from '../../src/config/pair/pair.js'
import { failingFiles } from '../fixtures/failing-files.js'

const skip = process.geteuid!() !== 0 && 'only root can give files to any group'
const GROUP = 65534
const ONE = { [GENERATOR_FILE]: '{"generator_config":[1]}', [RUNTIME_FILE]: '{"runtime_config":{"a":1}}' }
const TWO = { ...ONE, [RUNTIME_FILE]: '{"runtime_config":{"a":2}}' }

/** Returns mode and group of each file. Follows links. */
async function rights (...paths: string[]): Promise<string[]> {
  return await Promise.all(paths.map(async path => {
    const { mode, gid } = await stat(path)
    return `${(mode & 0o777).toString(8)} ${gid}`
  }))
}

t.test('the folder is open to the group, made or found', { skip }, async t => {
  const root = t.testdir({ found: {} })
  const made = join(root, 'a', 'b')
  for (const path of [made, join(root, 'found')]) {
    const folder = await openDataFolder({ path, group: String(GROUP) })
    t.equal(folder.groupId, GROUP)
    t.notOk(folder.isOpenToOthers)
    t.same(await rights(path), [`750 ${GROUP}`])
    await folder.release()
  }
  t.same(await rights(join(root, 'a')), ['711 0'], 'the group gets through')
  const folder = await openDataFolder({ path: made, group: 'nogroup' })
  t.equal(folder.groupId, GROUP)
  await folder.release()
  await chmod(made, 0o750)
  const closed = await openDataFolder({ path: made })
  t.ok(closed.isOpenToOthers, 'without the variable it is a warning')
  await closed.release()
})

t.test('a group that does not exist, or cannot be given the folder, stops the start', async t => {
  await t.rejects(openDataFolder({ path: t.testdir(), group: 'no-such-group' }), {
    message: 'CONFIG_GROUP no-such-group does not exist here: add the group, or name another one',
  })
  const message =
    /^CONFIG_GROUP nogroup cannot be given CONFIG_DIR \/proc\/self\/task \(E[A-Z]+\): make this service's user a member of the group, or run it as root$/
  await t.rejects(openDataFolder({ path: '/proc/self/task', group: 'nogroup' }), { message })
})

t.test('each version is for the group, its files too, also those that did not change', { skip }, async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder, groupId: GROUP })
  for (const texts of [ONE, TWO]) {
    await pair.write(texts)
    const version = await readlink(join(folder, '.current'))
    t.same(await rights(join(folder, version), ...CONFIG_FILES.map(file => join(folder, file))), [
      `750 ${GROUP}`, `640 ${GROUP}`, `640 ${GROUP}`
    ])
    t.same(await pair.read(), texts)
    t.same(pair.openToOthers(), [])
  }
  t.same(createConfigPair({ folder }).openToOthers(), CONFIG_FILES, 'without the variable it is a warning')
})

t.test('a pair from before is shared at the start, and keeps its times', { skip }, async t => {
  const folder = t.testdir({ 'api_key.sha256': 'x' })
  await chmod(join(folder, 'api_key.sha256'), 0o600)
  const before = createConfigPair({ folder })
  await before.write(ONE)
  const { changedAt } = before.stamp()
  const pair = createConfigPair({ folder, groupId: GROUP })
  await pair.share()
  t.same(await rights(join(folder, '.current'), ...CONFIG_FILES.map(file => join(folder, file))), [
    `750 ${GROUP}`, `640 ${GROUP}`, `640 ${GROUP}`
  ])
  t.same(pair.stamp().changedAt, changedAt)
  t.same(await rights(join(folder, 'api_key.sha256')), ['600 0'])
  await pair.write(TWO)
  t.same(await rights(...CONFIG_FILES.map(file => join(folder, file))), [`640 ${GROUP}`, `640 ${GROUP}`])
})

t.test('plain files of the original service are shared, what a link leads to is not', { skip }, async t => {
  const folder = t.testdir({ [GENERATOR_FILE]: ONE[GENERATOR_FILE], elsewhere: '{}', empty: {} })
  await chmod(join(folder, 'elsewhere'), 0o600)
  await symlink('elsewhere', join(folder, RUNTIME_FILE))
  await createConfigPair({ folder, groupId: GROUP }).share()
  t.same(await rights(join(folder, GENERATOR_FILE), join(folder, 'elsewhere')), [`640 ${GROUP}`, '600 0'])
  await createConfigPair({ folder: join(folder, 'empty'), groupId: GROUP }).share()
  t.same(await readdir(join(folder, 'empty')), [])
})

t.test('a folder in the place of a file is left alone', { skip }, async t => {
  const folder = t.testdir({ [GENERATOR_FILE]: {} })
  await chmod(join(folder, GENERATOR_FILE), 0o700)
  await createConfigPair({ folder, groupId: GROUP }).share()
  t.same(await rights(join(folder, GENERATOR_FILE)), ['700 0'])
})

t.test('files that cannot be given to the group stop the start', { skip }, async t => {
  const folder = t.testdir(ONE)
  const { files } = failingFiles({ nth: 1, forGood: true, spared: /^(?:readlink|close)$/, code: 'EPERM' })
  await t.rejects(createConfigPair({ folder, groupId: GROUP, files }).share(), {
    message:
      "the config files cannot be given to the group of CONFIG_GROUP (EPERM): make this service's user their owner, or run it as root",
  })
})

t.test('another group, or rights beyond reading, are open to others', { skip }, async t => {
  const folder = t.testdir(ONE)
  const pair = createConfigPair({ folder, groupId: GROUP })
  for (const [mode, group, open] of [
    [0o640, GROUP, false],
    [0o600, 0, false],
    [0o640, 1, true],
    [0o660, GROUP, true],
    [0o644, GROUP, true],
  ] as const) {
    await chown(join(folder, GENERATOR_FILE), 0, group)
    await chmod(join(folder, GENERATOR_FILE), mode)
    await chmod(join(folder, RUNTIME_FILE), 0o600)
    t.same(pair.openToOthers(), open ? [GENERATOR_FILE] : [], `${mode.toString(8)} ${group}`)
  }
})

t.test('only the owner can read a file that is kept beside', { skip }, async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder, groupId: GROUP })
  await pair.write(ONE)
  const version = await readlink(join(folder, '.current'))
  await writeFile(join(folder, version, RUNTIME_FILE), 'damaged')
  await pair.mend(TWO)
  const names = await readdir(folder)
  for (const name of names.filter(name => name.includes('.replaced-'))) {
    t.match(await rights(join(folder, name)), [/^600 /], name)
  }
  t.equal(names.filter(name => name.includes('.replaced-')).length, 2)

  const lost = join(folder, 'lost')
  await mkdir(lost)
  const other = createConfigPair({ folder: lost, groupId: GROUP })
  await other.write(ONE)
  const [link] = (await readdir(lost)).filter(name => name.startsWith('.version-'))
  await rm(join(lost, '.current'))
  await other.mend(TWO)
  const [kept = ''] = (await readdir(lost)).filter(name => name.startsWith(`${link?.slice(1)}.replaced-`))
  t.same(await rights(join(lost, kept)), [`700 ${GROUP}`])
})
