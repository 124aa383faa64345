import { chmod, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { API_KEY_FILE, openApiKey } from '../../src/access/api-key.js'
import { RETIRED_PRESETS_FILE } from '../../src/access/retired-presets.js'
import { replaceWithFifo } from '../fixtures/fifo.js'
import { failingFiles, NEEDS_NO_SPACE } from '../fixtures/failing-files.js'

const ROUNDS = 20
const FILES = [API_KEY_FILE, RETIRED_PRESETS_FILE].sort()

t.test('is issued once, stored as a digest, and lets its holder in', async t => {
  const folder = t.testdir()
  const apiKey = await openApiKey({ folder })
  t.throws(() => apiKey.authenticate(['x']), { code: 'API_KEY_NOT_GENERATED', statusCode: 401 })
  const key = await apiKey.issue()
  t.match(key, /^[0-9a-f]{64}$/)
  const path = join(folder, API_KEY_FILE)
  t.notMatch(await readFile(path, 'utf8'), key)
  t.equal((await stat(path)).mode & 0o777, 0o600)
  t.same((await readdir(folder)).sort(), FILES)
  t.match(apiKey.authenticate(['wrong', key]), /^[0-9a-f]{8}$/)
  t.throws(() => apiKey.authenticate([]), { code: 'API_KEY_MISSING', statusCode: 401 })
  t.throws(() => apiKey.authenticate([key.toUpperCase(), '', `${key} `]), { code: 'API_KEY_INVALID', statusCode: 401 })
  await t.rejects(apiKey.issue(), { code: 'API_KEY_ALREADY_GENERATED', statusCode: 409 })

  const reopened = await openApiKey({ folder })
  t.equal(reopened.authenticate([key]), apiKey.authenticate([key]))
  await t.rejects(reopened.issue(), { code: 'API_KEY_ALREADY_GENERATED' })
})

t.test('64 at once: one success each round, also of two services', async t => {
  for (let round = 0; round < ROUNDS; round++) {
    const folder = t.testdir()
    const services = [await openApiKey({ folder }), await openApiKey({ folder })]
    const results = await Promise.allSettled(Array.from(
      { length: 64 }, async (_, index) => await services[index % 2]!.issue()
    ))
    const keys = results.filter(({
      status
    }) => status === 'fulfilled').map(result => (result as PromiseFulfilledResult<string>).value)
    t.equal(keys.length, 1, `round ${round}`)
    t.ok((await openApiKey({ folder })).authenticate(keys))
    t.same((await readdir(folder)).sort(), FILES)
  }
  t.comment(`${ROUNDS} rounds: one key each`)
})

t.test('a damaged file closes the door and never re-opens issuance', async t => {
  const original = t.testdir()
  const key = await (await openApiKey({ folder: original })).issue()
  const content = await readFile(join(original, API_KEY_FILE))
  const damages = [
    ...Array.from(content.keys(), length => content.subarray(0, length)),
    ...Array.from({ length: 8 * content.length }, (_, bit) => {
      const flipped = Buffer.from(content)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      return flipped
    }),
    Buffer.from(' e3b0c44298fc1c14\n'),
  ]
  for (const damaged of damages) {
    const folder = t.testdir({ [API_KEY_FILE]: damaged })
    await chmod(join(folder, API_KEY_FILE), 0o600)
    const apiKey = await openApiKey({ folder })
    t.match(apiKey.damage, { damage: 'is damaged' })
    t.throws(() => apiKey.authenticate([key]), { code: 'API_KEY_UNREADABLE', statusCode: 503 })
    await t.rejects(apiKey.issue(), { code: 'API_KEY_UNREADABLE' })
    t.ok(damaged.equals(await readFile(join(folder, API_KEY_FILE))))
  }
  t.comment(`${damages.length} damages: each noticed, none overwritten`)
})

t.test('a FIFO in its place', { timeout: 30_000 }, async t => {
  const folder = t.testdir()
  await replaceWithFifo(join(folder, API_KEY_FILE))
  const apiKey = await openApiKey({ folder })
  await t.rejects(apiKey.issue(), {
    code: 'API_KEY_UNREADABLE',
    message:
      'api_key.sha256 is not a regular file. Restore it from a backup, or stop the service and run generator-client reset-key',
  })
})

t.test('a link to nowhere in its place', async t => {
  const folder = t.testdir()
  await symlink('nowhere', join(folder, API_KEY_FILE))
  const apiKey = await openApiKey({ folder })
  await t.rejects(apiKey.issue(), {
    code: 'API_KEY_UNREADABLE',
    message:
      'api_key.sha256 links to a file that is missing. Restore it from a backup, or stop the service and run generator-client reset-key',
  })
})

t.test('a folder in its place', async t => {
  const folder = t.testdir()
  await mkdir(join(folder, API_KEY_FILE))
  const apiKey = await openApiKey({ folder })
  await t.rejects(apiKey.issue(), {
    code: 'API_KEY_UNREADABLE',
    message:
      'api_key.sha256 cannot be read (EISDIR). Restore it from a backup, or stop the service and run generator-client reset-key',
  })
})

t.test('when any file call fails, no key is issued, and the next try works', async t => {
  for (const fault of [{ forGood: false, code: 'EIO' }, { forGood: true, spared: NEEDS_NO_SPACE }]) {
    let calls = Infinity
    for (let nth = 1; nth <= calls; nth++) {
      const folder = t.testdir()
      const failing = failingFiles({ nth, ...fault })
      const apiKey = await openApiKey({ folder, files: failing.files })
      const issued = await apiKey.issue().catch(error => {
        t.match(error, { code: 'STORAGE_FAILED', statusCode: 500, message: /and is not in force/ }, `call ${nth}`)
        return null
      })
      calls = failing.calls()
      t.equal((await readdir(folder)).includes(API_KEY_FILE), issued !== null)
      failing.mend()
      if (issued === null) t.ok(await apiKey.issue())
    }
    t.ok(calls > 8, `${calls} calls`)
    t.comment(`${calls} calls failed, ${fault.forGood ? 'with all later ones that need space' : 'alone'}`)
  }
})

t.test('on a disk that fails for good, the answer says whether a key that nobody knows may be there', async t => {
  let [calls, doubtful] = [Infinity, 0]
  for (let nth = 1; nth <= calls; nth++) {
    const folder = t.testdir()
    const failing = failingFiles({ nth, forGood: true, code: 'EIO' })
    const error = await (await openApiKey({ folder, files: failing.files })).issue().then(() => null, error => error)
    calls = failing.calls()
    if (error === null) continue
    t.match(error, { code: 'STORAGE_FAILED', message: /\(EIO\)/ })
    const isDoubtful = /An unknown key may be in force after a restart/.test(error.message)
    if (isDoubtful) doubtful += 1
    t.equal((await readdir(folder)).includes(API_KEY_FILE), isDoubtful, `from call ${nth} on`)
  }
  t.ok(doubtful > 0)
})
