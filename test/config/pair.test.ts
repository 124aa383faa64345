import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, readdir, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import * as realFiles from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { CONFIG_FILES, DamagedFile, GENERATOR_FILE, RUNTIME_FILE } from '../../src/config/pair/files.js'
import { createConfigPair } from '../../src/config/pair/pair.js'
import { failingFiles, stoppingFiles } from '../fixtures/failing-files.js'
import { replaceWithFifo } from '../fixtures/fifo.js'

const ONE = { [GENERATOR_FILE]: '{"generator_config":[1]}', [RUNTIME_FILE]: '{"runtime_config":{"a":1}}' }
const TWO = { [GENERATOR_FILE]: '{"generator_config":[2]}', [RUNTIME_FILE]: '{"runtime_config":{"a":2}}' }

async function readRaw (folder: string) {
  return {
    [GENERATOR_FILE]: await readFile(join(folder, GENERATOR_FILE), 'utf8'),
    [RUNTIME_FILE]: await readFile(join(folder, RUNTIME_FILE), 'utf8'),
  }
}

t.test('writes both files, private, through one link, and leaves nothing else', async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder })
  t.equal(await pair.read(), null)
  const before = pair.stamp()
  t.same(before.changedAt, { [GENERATOR_FILE]: null, [RUNTIME_FILE]: null })
  await pair.write(ONE)
  t.same(await pair.read(), ONE)
  t.same(await readRaw(folder), ONE)
  t.not(pair.stamp().id, before.id)
  for (const file of CONFIG_FILES) t.equal((await stat(join(folder, file))).mode & 0o777, 0o600)
  const names = (await readdir(folder)).sort()
  t.equal(names.length, 4)
  t.match(names, ['.current', /^\.version-/, GENERATOR_FILE, RUNTIME_FILE])
  t.equal((await stat(join(folder, names[1]!))).mode & 0o777, 0o700)

  await pair.write(TWO)
  t.same(await readRaw(folder), TWO)
  t.equal((await readdir(folder)).length, 4)
})

t.test('a change of one file keeps the other file and its time', async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder })
  await pair.write(ONE)
  const inode = (await stat(join(folder, GENERATOR_FILE))).ino
  const { changedAt } = pair.stamp()
  await pair.write({ ...ONE, [RUNTIME_FILE]: TWO[RUNTIME_FILE] })
  t.equal((await stat(join(folder, GENERATOR_FILE))).ino, inode)
  t.equal(pair.stamp().changedAt[GENERATOR_FILE], changedAt[GENERATOR_FILE])
  t.same(await pair.read(), { ...ONE, [RUNTIME_FILE]: TWO[RUNTIME_FILE] })
})

t.test('writing what is there already changes nothing', async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder })
  await pair.write(ONE)
  const { id } = pair.stamp()
  await pair.write(ONE)
  t.equal(pair.stamp().id, id)
})

t.test('adopts plain files of the original service', async t => {
  const folder = t.testdir(ONE)
  const pair = createConfigPair({ folder })
  t.same(await pair.read(), ONE)
  await pair.adopt(() => ONE)
  t.same(await pair.read(), ONE)
  t.same(await readRaw(folder), ONE)
  await pair.adopt(() => { throw new Error('is adopted already') })
  await pair.write(TWO)
  t.same(await readRaw(folder), TWO)
})

t.test('adopts a file that somebody put in place of the link', async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder })
  await pair.write(ONE)
  await writeFile(join(folder, 'edited'), TWO[RUNTIME_FILE])
  await rename(join(folder, 'edited'), join(folder, RUNTIME_FILE))
  const edited = { ...ONE, [RUNTIME_FILE]: TWO[RUNTIME_FILE] }
  t.same(await pair.read(), edited)
  await pair.adopt(() => edited)
  t.same(await pair.read(), edited)
  await pair.adopt(() => { throw new Error('is adopted already') })
  t.equal((await readdir(folder)).length, 4)
})

t.test('adopts links that were replaced by plain files of the same content', async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder })
  await pair.write(ONE)
  for (const file of CONFIG_FILES) {
    await rm(join(folder, file))
    await writeFile(join(folder, file), ONE[file])
  }
  await pair.adopt(() => ONE)
  t.same(await pair.read(), ONE)
})

t.test('names the damaged file', async t => {
  const cases: [string, (folder: string) => Promise<unknown>, RegExp][] = [
    [
      'edited in place',
      async folder => await writeFile(join(folder, RUNTIME_FILE), '{"runtime_config":{"a":3}}'),
      /^runtime_config.json is not what the service wrote/,
    ],
    [
      'truncated',
      async folder => await writeFile(join(folder, GENERATOR_FILE), ''),
      /^generator_config.json is not what the service wrote/,
    ],
    [
      'generator file gone',
      async folder => await rm(join(folder, GENERATOR_FILE)),
      /^generator_config.json is missing, though runtime_config.json is there/,
    ],
    [
      'runtime file gone',
      async folder => await rm(join(folder, RUNTIME_FILE)),
      /^runtime_config.json is missing, though generator_config.json is there/,
    ],
    ['a folder', async folder => {
      await rm(join(folder, RUNTIME_FILE))
      await mkdir(join(folder, RUNTIME_FILE))
    }, /^runtime_config.json is a folder/],
    ['a link to itself', async folder => {
      await rm(join(folder, RUNTIME_FILE))
      await symlink(RUNTIME_FILE, join(folder, RUNTIME_FILE))
    }, /^runtime_config.json cannot be read \(ELOOP\)/],
  ]
  for (const [name, damage, message] of cases) {
    for (const [what, next] of Object.entries({
      other: TWO, 'the same': ONE, 'half the same': { ...ONE, [GENERATOR_FILE]: TWO[GENERATOR_FILE] }
    })) {
      t.test(`${name}, mended with ${what} content`, async t => {
        const folder = t.testdir()
        const pair = createConfigPair({ folder })
        await pair.write(ONE)
        await damage(folder)
        await t.rejects(pair.read(), { constructor: DamagedFile, message })
        const damaged = await readFile(join(folder, RUNTIME_FILE), 'utf8').catch(({ code }) => code)
        await pair.mend(next)
        t.same(await pair.read(), next)
        await pair.removeLeftovers()
        t.same(await pair.read(), next)
        if (damaged !== 'ENOENT' && damaged !== 'ELOOP') {
          const beside = (await readdir(folder)).find(file => file.startsWith(`${RUNTIME_FILE}.replaced-`))
          t.equal(await readFile(join(folder, beside ?? ''), 'utf8').catch(({ code }) => code), damaged)
        }
      })
    }
  }
})

t.test('a .current that is no link to a version is named; a setup keeps it and every version beside', async t => {
  const cases: [string, (current: string) => Promise<unknown>, RegExp][] = [
    ['missing', async () => {}, /^.current is missing, though generator_config.json links to it/],
    ['a folder', async current => await mkdir(current), /^.current is not the link that the service made/],
    ['a file', async current => await writeFile(current, ''), /^.current is not the link that the service made/],
    [
      'a link to nowhere',
      async current => await symlink(`.version-${'0'.repeat(32)}-${'0'.repeat(32)}`, current),
      /^.current links to a folder that is missing/,
    ],
    [
      'a link to something else',
      async current => await symlink('.version-gone', current),
      /^.current does not link to a version/,
    ],
  ]
  for (const [name, damage, message] of cases) {
    t.test(name, async t => {
      const folder = t.testdir()
      const pair = createConfigPair({ folder })
      await pair.write(ONE)
      const version = await readlink(join(folder, '.current'))
      await rm(join(folder, '.current'))
      await damage(join(folder, '.current'))
      await pair.removeLeftovers()
      await t.rejects(pair.read(), { constructor: DamagedFile, file: '.current', message })
      await pair.mend(TWO)
      t.same(await pair.read(), TWO)
      await pair.removeLeftovers()
      const names = await readdir(folder)
      t.equal(names.some(name => name.startsWith('current.replaced-')), name !== 'missing')
      const kept = names.find(name => name.startsWith(`${version.slice(1)}.replaced-`))
      t.equal(await readFile(join(folder, String(kept), RUNTIME_FILE), 'utf8'), ONE[RUNTIME_FILE])
    })
  }
})

t.test('a FIFO in the place of a file is damage; a setup keeps it beside', { timeout: 30_000 }, async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder })
  await pair.write(ONE)
  await replaceWithFifo(join(folder, RUNTIME_FILE))
  await t.rejects(pair.read(), {
    constructor: DamagedFile, file: RUNTIME_FILE, message: 'runtime_config.json is not a regular file'
  })
  await pair.mend(TWO)
  t.same(await pair.read(), TWO)
  t.ok((await readdir(folder)).some(name => name.startsWith(`${RUNTIME_FILE}.replaced-`)))
})

t.test('a kill at any call of the first write leaves no configuration or all of it; the next one works', async t => {
  let calls = Infinity
  for (let nth = 1; nth <= calls; nth++) {
    const folder = t.testdir()
    const killed = stoppingFiles({ nth })
    await Promise.race([
      createConfigPair({ folder, files: killed.files })
        .write(ONE)
        .then(() => {
          calls = killed.calls()
        }),
      killed.stopped,
    ])
    await killed.release()
    const pair = createConfigPair({ folder })
    await pair.removeLeftovers()
    const texts = await pair.read()
    t.ok(texts === null || JSON.stringify(texts) === JSON.stringify(ONE), `call ${nth}`)
    await pair.write(TWO)
    t.same(await pair.read(), TWO)
  }
  t.ok(calls > 10, `${calls} calls`)
})

t.test('removes what a killed service left, and nothing else', async t => {
  const old = `.version-${'0'.repeat(32)}-${'1'.repeat(32)}`
  const ours = [old, `${old}-again`, `api_key.sha256.${randomUUID()}.tmp`, `secp.sec.${randomUUID()}.tmp`]
  const others = [
    '.next',
    'a.next',
    '.current.next.js',
    'a.undo',
    'a.tmp',
    '.tmp',
    'api_key.sha256.tmp',
    'api_key.sha256.1.tmp',
    `notes.txt.${randomUUID()}.tmp`,
    `api_key.sha256.${randomUUID()}.tmp.gz`,
    '.version-1-2',
    `${old}-again-and-again`,
    `my${old}`,
    '.versions',
  ]
  const folder = t.testdir(Object.fromEntries([...ours, ...others].map(name => [name, { [RUNTIME_FILE]: 'secret' }])))
  const pair = createConfigPair({ folder })
  await pair.write(ONE)
  for (const name of ['.current.next', '.current.undo', `${GENERATOR_FILE}.next`, `${RUNTIME_FILE}.next`]) {
    await symlink('nowhere', join(folder, name))
  }
  await pair.removeLeftovers()
  t.same(await pair.read(), ONE)
  const version = await readlink(join(folder, '.current'))
  t.same((await readdir(folder)).sort(), ['.current', version, GENERATOR_FILE, RUNTIME_FILE, ...others].sort())
})

t.test('a lost .current costs no version: put back, it is in force again', async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder })
  await pair.write(ONE)
  const version = await readlink(join(folder, '.current'))
  await rm(join(folder, '.current'))
  await pair.removeLeftovers()
  await symlink(version, join(folder, '.current'))
  t.same(await pair.read(), ONE)
})

t.test('when any one call fails, the old pair stays whole, and the next write works', async t => {
  for (let nth = 1, done = false; !done; nth++) {
    const folder = t.testdir()
    await createConfigPair({ folder }).write(ONE)
    const { files, calls } = failingFiles({ nth, forGood: false })
    const failed = await createConfigPair({ folder, files }).write(TWO).then(() => false, () => true)
    t.same(await readRaw(folder), failed ? ONE : TWO, `call ${nth}`)
    const pair = createConfigPair({ folder })
    await pair.write(TWO)
    t.same(await pair.read(), TWO)
    await pair.removeLeftovers()
    t.equal((await readdir(folder)).length, 4)
    done = calls() < nth
    if (done) t.ok(nth > 10, `${nth} calls`)
  }
})

t.test('on a disk that fails for good, either pair is in force, never a mixture', async t => {
  let old = 0
  for (let nth = 1; nth < 45; nth++) {
    const folder = t.testdir()
    await createConfigPair({ folder }).write(ONE)
    await createConfigPair({ folder, files: failingFiles({ nth, forGood: true }).files }).write(TWO).catch(() => {})
    const raw = JSON.stringify(await readRaw(folder))
    t.ok([JSON.stringify(ONE), JSON.stringify(TWO)].includes(raw), `from call ${nth} on`)
    if (raw === JSON.stringify(ONE)) old += 1
  }
  t.comment(`44 failing disks: ${old} times the old pair, else the new one`)
})

t.test('a first write that fails leaves no configuration', async t => {
  let failures = 0
  for (let nth = 1; nth < 45; nth++) {
    const folder = t.testdir()
    const failed = await createConfigPair({ folder, files: failingFiles({ nth, forGood: false }).files })
      .write(ONE)
      .then(
        () => false, () => true
      )
    t.same(await createConfigPair({ folder }).read(), failed ? null : ONE, `call ${nth}`)
    if (failed) failures += 1
  }
  t.comment(`44 calls failed, ${failures} of them with the write`)
})

t.test('a lost .current is still damage after a write that fails', async t => {
  let calls = Infinity
  for (let nth = 1; nth <= calls; nth++) {
    const folder = t.testdir()
    await createConfigPair({ folder }).write(ONE)
    await rm(join(folder, '.current'))
    const failing = failingFiles({ nth, forGood: false })
    const failed = await createConfigPair({ folder, files: failing.files }).write(TWO).then(() => false, () => true)
    if (!failed) calls = failing.calls()
    const read = createConfigPair({ folder }).read()
    if (failed) await t.rejects(read, { constructor: DamagedFile, message: /^.current is missing/ }, `call ${nth}`)
    else t.same(await read, TWO)
  }
  t.comment(`${calls} calls failed`)
})

t.test('only this user can read a file that is kept beside', async t => {
  const folder = t.testdir({ [GENERATOR_FILE]: ONE[GENERATOR_FILE], [RUNTIME_FILE]: 'damaged' })
  for (const file of CONFIG_FILES) await chmod(join(folder, file), 0o644)
  const pair = createConfigPair({ folder })
  await pair.mend(TWO)
  const kept = (await readdir(folder)).filter(name => name.includes('.replaced-'))
  t.equal(kept.length, 2)
  for (const name of kept) t.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name)
})

t.test('a link that does not get its name is not left', async t => {
  const folder = t.testdir()
  await createConfigPair({ folder }).write(ONE)
  const before = (await readdir(folder)).sort()
  const refuse = async () => { throw Object.assign(new Error('fault'), { code: 'EIO' }) }
  await t.rejects(createConfigPair({ folder, files: { ...realFiles, rename: refuse } }).write(TWO), { code: 'EIO' })
  t.same((await readdir(folder)).sort(), before)
})

t.test('a file that cannot be kept beside is not replaced', async t => {
  const folder = t.testdir()
  await createConfigPair({ folder }).write(ONE)
  await writeFile(join(folder, RUNTIME_FILE), 'damaged')
  const refuse = async () => { throw Object.assign(new Error('fault'), { code: 'EIO' }) }
  await t.rejects(createConfigPair({ folder, files: { ...realFiles, link: refuse, rename: refuse } }).mend(TWO), {
    code: 'EIO',
  })
  t.equal(await readFile(join(folder, RUNTIME_FILE), 'utf8'), 'damaged')
})

t.test('every flipped bit and every truncation is noticed, and named', async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder })
  await pair.write(ONE)
  let damages = 0
  for (const file of CONFIG_FILES) {
    const content = Buffer.from(ONE[file])
    const damaged = [
      ...Array.from(content.keys(), length => content.subarray(0, length)),
      ...Array.from({ length: 8 * content.length }, (_, bit) =>
        content.with(bit >> 3, content[bit >> 3]! ^ (1 << (bit & 7)))
      ),
    ]
    for (const bytes of damaged) {
      await writeFile(join(folder, file), bytes)
      const error = await pair.read().then(() => null, error => error)
      if (error?.file !== file) t.fail(`${file} ${bytes}`, { error })
      damages += 1
    }
    await writeFile(join(folder, file), content)
    t.same(await pair.read(), ONE)
  }
  t.ok(damages > 400, `${damages} damages`)
})
