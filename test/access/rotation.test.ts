import { chmod, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { API_KEY_FILE, openApiKey } from '../../src/access/api-key.js'
import { printKeyFile } from '../../src/access/api-key-file.js'
import { RETIRED_PRESETS_FILE } from '../../src/access/retired-presets.js'
import { failingFiles, NEEDS_NO_SPACE } from '../fixtures/failing-files.js'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const FILES = [API_KEY_FILE, RETIRED_PRESETS_FILE].sort()
const INVALID = { code: 'API_KEY_INVALID', statusCode: 401 }

t.test('the new key is valid, also after a restart, the old one is not', async t => {
  const folder = t.testdir()
  const apiKey = await openApiKey({ folder })
  t.equal(apiKey.fingerprint(), null)
  await t.rejects(apiKey.rotate([]), { code: 'API_KEY_NOT_GENERATED' })
  const old = await apiKey.issue()
  const validity = apiKey.validity()
  await t.rejects(apiKey.rotate([]), { code: 'API_KEY_MISSING' })
  await t.rejects(apiKey.rotate(['wrong']), INVALID)
  t.notOk(validity.aborted)
  const next = await apiKey.rotate(['wrong', old])
  t.match(next, /^[0-9a-f]{64}$/)
  t.ok(validity.aborted)
  t.notOk(apiKey.validity().aborted)
  for (const opened of [apiKey, await openApiKey({ folder })]) {
    t.throws(() => opened.authenticate([old]), INVALID)
    t.equal(opened.authenticate([next]), sha256(next).slice(0, 8))
    await opened.saving()
    await t.rejects(opened.issue(), { code: 'API_KEY_ALREADY_GENERATED' })
  }
  t.same((await readdir(folder)).sort(), FILES)
})

t.test('16 at once with one key: all are told the same key, and it is the valid one', async t => {
  for (let round = 0; round < 20; round++) {
    const folder = t.testdir()
    const apiKey = await openApiKey({ folder })
    const old = await apiKey.issue()
    const results = await Promise.allSettled(Array.from({ length: 16 }, async () => await apiKey.rotate([old])))
    const keys = results.flatMap(result => result.status === 'fulfilled' ? [result.value] : [])
    t.same([keys.length, new Set(keys).size], [16, 1], `round ${round}`)
    t.ok(apiKey.authenticate(keys))
    await apiKey.saving()
    t.ok((await openApiKey({ folder })).authenticate(keys))
  }
})

t.test('when any file call fails, the old key stays valid, also after a restart', async t => {
  for (const fault of [{ forGood: false, code: 'EIO' }, { forGood: true, spared: NEEDS_NO_SPACE }]) {
    let calls = Infinity
    for (let nth = 1; nth <= calls; nth++) {
      const folder = t.testdir()
      const old = await (await openApiKey({ folder })).issue()
      const failing = failingFiles({ nth, ...fault })
      const apiKey = await openApiKey({ folder, files: failing.files })
      const rotated = await apiKey.rotate([old]).catch(error => {
        t.match(error, { code: 'STORAGE_FAILED', statusCode: 500, message: /and is not in force/ }, `call ${nth}`)
        return null
      })
      calls = failing.calls()
      if (rotated !== null) continue
      for (const opened of [apiKey, await openApiKey({ folder })]) t.ok(opened.authenticate([old]))
      t.same((await readdir(folder)).sort(), FILES)
      failing.mend()
      t.ok(apiKey.authenticate([await apiKey.rotate([old])]))
      await apiKey.saving()
    }
    t.ok(calls > 8, `${calls} calls`)
  }
})

t.test('while the disk is broken, the old key is valid, and the answer says whether a restart ends that', async t => {
  let [calls, doubtful] = [Infinity, 0]
  for (let nth = 1; nth <= calls; nth++) {
    const folder = t.testdir()
    const old = await (await openApiKey({ folder })).issue()
    const failing = failingFiles({ nth, forGood: true, code: 'EIO' })
    const apiKey = await openApiKey({ folder, files: failing.files })
    const error = await apiKey.rotate([old]).then(() => null, error => error)
    calls = failing.calls()
    if (error === null) continue
    t.match(error, { code: 'STORAGE_FAILED', message: /\(EIO\)/ })
    t.ok(apiKey.authenticate([old]))
    const reopened = await openApiKey({ folder })
    if (/An unknown key may be in force after a restart/.test(error.message)) {
      doubtful += 1
      t.throws(() => reopened.authenticate([old]), INVALID)
    } else {
      t.ok(reopened.authenticate([old]))
    }
    failing.mend()
    const rotated = await apiKey.rotate([old])
    for (const opened of [apiKey, await openApiKey({ folder })]) {
      t.ok(opened.authenticate([rotated]))
      await opened.saving()
    }
  }
  t.ok(doubtful > 0)
})

t.test('a preset is taken over once, in the place of whatever key there was', async t => {
  const folder = t.testdir()
  const issued = await (await openApiKey({ folder })).issue()
  const preset = sha256('made by the owner')
  const first = await openApiKey({ folder, preset: preset.toUpperCase() })
  t.equal(first.presetUse, 'taken over')
  t.throws(() => first.authenticate([issued]), INVALID)
  t.equal(first.authenticate(['made by the owner']), preset.slice(0, 8))
  await t.rejects(first.issue(), { code: 'API_KEY_ALREADY_GENERATED', statusCode: 409 })
  t.equal((await openApiKey({ folder, preset })).presetUse, 'in force')
  t.equal(
    (await openApiKey({ folder })).authenticate(['made by the owner']),
    preset.slice(0, 8),
    'it stays without the variable'
  )

  const rotated = await first.rotate(['made by the owner'])
  const again = await openApiKey({ folder, preset })
  t.equal(again.presetUse, 'replaced')
  t.throws(() => again.authenticate(['made by the owner']), INVALID)
  t.ok(again.authenticate([rotated]))
  await again.saving()

  t.equal((await openApiKey({ folder, preset: sha256('another') })).presetUse, 'taken over')
  const back = await openApiKey({ folder, preset })
  t.equal(back.presetUse, 'replaced')
  t.throws(() => back.authenticate(['made by the owner']), INVALID)
  t.throws(() => back.authenticate([rotated]), INVALID)
  t.ok(back.authenticate(['another']))
})

t.test('a preset in a new folder, in one with a damaged file, and on a broken disk', async t => {
  const preset = sha256('made by the owner')
  const folder = t.testdir()
  t.equal((await openApiKey({ folder, preset })).presetUse, 'taken over')
  const path = `${folder}/${API_KEY_FILE}`
  await truncate(path, 140)
  const damaged = await openApiKey({ folder, preset })
  t.equal(damaged.presetUse, 'none')
  t.throws(() => damaged.authenticate(['made by the owner']), { code: 'API_KEY_UNREADABLE' })
  await rm(path)
  const { files } = failingFiles({ nth: 1, forGood: true })
  await t.rejects(openApiKey({ folder, preset, files }), {
    code: 'STORAGE_FAILED', message: /could not be written \(ENOSPC\)/
  })
})

t.test('when any file call fails, a preset in a new folder is not taken over, and the next start does so', async t => {
  let calls = Infinity
  for (let nth = 1; nth <= calls; nth++) {
    const folder = t.testdir()
    const preset = sha256('made by the owner')
    const failing = failingFiles({ nth, forGood: false, code: 'EIO' })
    const isOpen = await openApiKey({ folder, preset, files: failing.files }).then(() => true, error => {
      t.match(error, { code: 'STORAGE_FAILED' })
      return false
    })
    calls = failing.calls()
    t.equal((await readdir(folder)).includes(API_KEY_FILE), isOpen, `call ${nth}`)
    t.equal((await openApiKey({ folder, preset })).presetUse, isOpen ? 'in force' : 'taken over')
  }
  t.ok(calls > 8, `${calls} calls`)
})

t.test('a key that cannot be told is not put into force', async t => {
  const folder = t.testdir()
  let isBroken = true
  const apiKey = await openApiKey({
    folder,
    disclose: async key => {
      if (isBroken) throw new Error('cannot encrypt')
      return `told: ${key}`
    },
  })
  await t.rejects(apiKey.issue(), { message: 'cannot encrypt' })
  t.same(await readdir(folder), [])
  isBroken = false
  const told = await apiKey.issue()
  t.ok(apiKey.authenticate([told.replace('told: ', '')]))
})

t.test('a key file that others can write, or read, closes the door', async t => {
  const folder = t.testdir()
  const key = await (await openApiKey({ folder })).issue()
  const path = `${folder}/${API_KEY_FILE}`
  await chmod(path, 0o622)
  const open = await openApiKey({ folder })
  const refusal = {
    code: 'API_KEY_UNREADABLE',
    message: `api_key.sha256 has mode 0622, so that other users can read or write it. chmod 600 ${path}, and restart the service`,
  }
  t.throws(() => open.authenticate([key]), refusal)
  await t.rejects(open.issue(), refusal)
  await t.rejects(open.rotate([key]), refusal)
  await chmod(path, 0o600)
  t.ok((await openApiKey({ folder })).authenticate([key]))
})

t.test('by digest: the old key ends at once, and the same call again with either key changes nothing', async t => {
  const folder = t.testdir()
  const apiKey = await openApiKey({ folder })
  const old = await apiKey.issue()
  const [own, other] = [sha256('own'), sha256('other')]
  const validity = apiKey.validity()
  t.equal(await apiKey.rotateTo([old], own.toUpperCase()), null)
  t.ok(validity.aborted)
  const written = await readFile(`${folder}/${API_KEY_FILE}`, 'utf8')
  t.equal(written, printKeyFile({ digest: own, presets: [], previous: { digest: sha256(old), graceEnds: 0 } }))
  for (const opened of [apiKey, await openApiKey({ folder })]) {
    const { aborted } = opened.validity()
    t.throws(() => opened.authenticate([old]), { ...INVALID, message: /^The API key is wrong/ })
    t.equal(opened.authenticate(['own']), own.slice(0, 8))
    for (const key of [old, 'own']) {
      t.equal(await opened.rotateTo([key], own), null)
      t.equal(opened.authenticateRotation([key], { api_key_sha256: own }), sha256(key).slice(0, 8))
    }
    t.equal(opened.authenticateRotation([old]), sha256(old).slice(0, 8), 'until the body is known')
    await t.rejects(opened.rotateTo([old], other), INVALID)
    await t.rejects(opened.rotate([old]), INVALID)
    for (const body of [{ api_key_sha256: other }, {}]) {
      t.throws(
        () => opened.authenticateRotation([old], body), INVALID
      )
    }
    t.equal(opened.validity().aborted, aborted)
    t.equal(await readFile(`${folder}/${API_KEY_FILE}`, 'utf8'), written)
  }
  t.equal(await apiKey.rotateTo(['own'], other), null)
  await t.rejects(apiKey.rotateTo([old], own), INVALID)
  await t.rejects(apiKey.rotateTo([old], other), INVALID, 'only the key before')
})

t.test('two digests at once: the first wins', async t => {
  for (let round = 0; round < 20; round++) {
    const folder = t.testdir()
    const apiKey = await openApiKey({ folder })
    const old = await apiKey.issue()
    const results = await Promise.allSettled([
      'first', 'second', 'first'
    ].map(async key => await apiKey.rotateTo([old], sha256(key))))
    t.match(results, [{ status: 'fulfilled' }, { status: 'rejected', reason: INVALID }, { status: 'fulfilled' }])
    for (const opened of [apiKey, await openApiKey({ folder })]) t.ok(opened.authenticate(['first']))
  }
})

t.test('the old key may only rotate in its grace, also after a restart; using the new one ends it', async t => {
  const folder = t.testdir()
  const first = await openApiKey({ folder })
  const old = await first.issue()
  const untold = await first.rotate([old])
  let told = untold
  for (const opened of [first, await openApiKey({ folder })]) {
    t.throws(() => opened.authenticate([old]), { ...INVALID, message: /^The API key was replaced/ })
    t.equal(opened.authenticateRotation([old], {}), sha256(old).slice(0, 8))
    told = await opened.rotate([old])
    t.throws(() => opened.authenticate([untold]), INVALID)
  }
  const apiKey = await openApiKey({ folder })
  t.ok(apiKey.authenticate([told]))
  await apiKey.saving()
  t.equal(
    await readFile(`${folder}/${API_KEY_FILE}`, 'utf8'),
    printKeyFile({ digest: sha256(told), presets: [], previous: null })
  )
  for (const opened of [apiKey, await openApiKey({ folder })]) {
    await t.rejects(opened.rotate([old]), INVALID)
    t.throws(() => opened.authenticateRotation([old]), INVALID)
  }
  const next = await apiKey.rotate([told])
  t.equal(await apiKey.rotateTo([told], sha256('own')), null, 'by digest in the grace')
  t.throws(() => apiKey.authenticate([next]), INVALID)
  await t.rejects(apiKey.rotate([told]), INVALID)
  t.ok(apiKey.authenticate(['own']))
})

t.test('the digest of the key that was made ends the grace', async t => {
  const apiKey = await openApiKey({ folder: t.testdir() })
  const old = await apiKey.issue()
  const next = await apiKey.rotate([old])
  const validity = apiKey.validity()
  t.equal(await apiKey.rotateTo([old], sha256(next)), null)
  t.notOk(validity.aborted)
  await t.rejects(apiKey.rotate([old]), INVALID)
  t.ok(apiKey.authenticate([next]))
})

t.test('the grace ends after its time, and a clock that was set back makes it no longer', async t => {
  const folder = t.testdir()
  const graceMs = 100
  const running = await openApiKey({ folder, graceMs })
  const old = await running.issue()
  await running.rotate([old])
  await setTimeout(graceMs + 20)
  t.throws(() => running.authenticate([old]), { message: /^The API key is wrong/ })
  await t.rejects(running.rotate([old]), INVALID)
  await t.rejects((await openApiKey({ folder, graceMs })).rotate([old]), INVALID)

  const day = 24 * 60 * 60 * 1000
  const write = async (graceEnds: number) => await writeFile(
    `${folder}/${API_KEY_FILE}`,
    printKeyFile({ digest: sha256('own'), presets: [], previous: { digest: sha256(old), graceEnds } })
  )
  await write(Date.now() + day)
  const setBack = await openApiKey({ folder, graceMs })
  t.ok(setBack.authenticateRotation([old], {}))
  await setTimeout(graceMs + 20)
  t.throws(() => setBack.authenticateRotation([old], {}), INVALID)
  await write(Date.now() - day)
  await t.rejects((await openApiKey({ folder, graceMs })).rotate([old]), INVALID)
})

t.test('a disk that is full when the new key is first used: it is in force, and the file follows', async t => {
  const folder = t.testdir()
  const faults: unknown[] = []
  const setUp = await openApiKey({ folder })
  const old = await setUp.issue()
  const next = await setUp.rotate([old])
  const failing = failingFiles({ nth: 1, forGood: true })
  const apiKey = await openApiKey({ folder, files: failing.files, onFault: error => faults.push(error) })
  t.ok(apiKey.authenticate([next]))
  await apiKey.saving()
  t.match(faults, [{ code: 'ENOSPC' }])
  t.throws(() => apiKey.authenticateRotation([old]), INVALID)
  t.ok(apiKey.authenticate([next]))
  t.equal(apiKey.saving(), null, 'not at every request')
  failing.mend()
  await setTimeout(1100)
  t.ok(apiKey.authenticate([next]))
  await apiKey.saving()
  await t.rejects((await openApiKey({ folder })).rotate([old]), INVALID)
})
