import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { setup } from '../fixtures/configuration.js'
import { build } from '../helper.js'
import { count } from './count.js'

const BIT_FLIPS = count('FAULT_BIT_FLIPS', 16)
/** Lengths between two truncations: 1 tries every byte. */
const TRUNCATION_STEP = count('FAULT_TRUNCATIONS', 150)
const FILES = ['generator_config.json', 'runtime_config.json', 'api_key.sha256']

/** A data folder with a key and a configuration, as a service leaves it. */
async function makeData (t: Test): Promise<{ folder: string, key: string }> {
  const folder = t.testdir()
  const service = await build(t, { folder })
  const key = await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  await service.app.close()
  return { folder, key }
}

/** Starts the service on damaged data: it must start, say which file, and overwrite nothing. */
async function expectNamed (t: Test, { folder, key, file, what }: { folder: string, key: string, file: string, what: string }): Promise<void> {
  const before = await readFile(join(folder, file)).catch(({ code }) => code)
  const service = await build(t, { folder })
  const { statusCode, code, message } = (await service.app.inject({ url: '/api/getGeneratorConfig', headers: { 'api-key': key } })).json()
  const named = service.log.filter(({ level, msg }) => level === 50 && String(msg).includes(file))
  await service.app.close()
  const expected = file === 'api_key.sha256' ? [503, 'API_KEY_UNREADABLE'] : [500, 'CONFIG_CORRUPT']
  if (statusCode !== expected[0] || code !== expected[1] || !message.includes(file)) t.fail(`${what}: ${statusCode} ${code} ${message}`)
  if (file !== 'api_key.sha256' && named.length !== 1) t.fail(`${what}: ${named.length} lines name it at the start`)
  const after = await readFile(join(folder, file)).catch(({ code }) => code)
  if (String(before) !== String(after)) t.fail(`${what}: overwritten`)
}

t.test('empty, truncated, with a flipped bit: starts, names the file, overwrites nothing', { timeout: 3_600_000 }, async t => {
  const { folder, key } = await makeData(t)
  let [truncations, flips] = [0, 0]
  for (const file of FILES) {
    const path = join(folder, file)
    const content = await readFile(path)
    for (let length = 0; length < content.length; length += TRUNCATION_STEP, truncations++) {
      await writeFile(path, content.subarray(0, length))
      await expectNamed(t, { folder, key, file, what: `${file} cut to ${length} bytes` })
    }
    for (let flip = 0; flip < BIT_FLIPS / FILES.length; flip++, flips++) {
      const bit = Math.floor(Math.random() * content.length * 8)
      await writeFile(path, content.with(bit >> 3, content[bit >> 3]! ^ 1 << (bit & 7)))
      await expectNamed(t, { folder, key, file, what: `${file}, bit ${bit} flipped` })
    }
    await writeFile(path, content)
  }
  const service = await build(t, { folder })
  t.equal((await service.app.inject({ url: '/api/getGeneratorConfig', headers: { 'api-key': key } })).statusCode, 200, 'mended, it works')
  t.comment(`${truncations} truncations, ${flips} flipped bits: each named, none overwritten`)
})

t.test('a folder in the place of a file, or none at all: named, and mended by a setup', async t => {
  for (const file of ['generator_config.json', 'runtime_config.json', '.current']) {
    for (const what of ['folder', 'missing']) {
      const { folder, key } = await makeData(t)
      await rm(join(folder, file))
      if (what === 'folder') await mkdir(join(folder, file))
      const named = what === 'missing' && file !== '.current' ? `${file} is missing` : file
      const service = await build(t, { folder })
      const send = async (method: 'GET' | 'POST', url: string, payload?: object) =>
        (await service.app.inject({ method, url, headers: { 'api-key': key }, ...payload && { payload } })).json()
      const corrupt = { statusCode: 500, code: 'CONFIG_CORRUPT', data: { file } }
      const seen = await send('GET', '/api/getGeneratorConfig')
      t.match(seen, corrupt, `${file}: ${what}`)
      t.ok(seen.message.startsWith(named))
      t.match(await send('POST', '/api/startGenerator'), corrupt)
      t.match(await send('POST', '/api/generatorConfigSetup', setup), { message: 'Config done' })
      t.match(await send('GET', '/api/getGeneratorConfig'), { status: 'success' })
      if (what === 'folder') t.ok((await readdir(folder)).some(name => name.startsWith(`${file.replace(/^\./, '')}.replaced-`)), 'kept beside')
      await service.app.close()
    }
  }
})

// Root may read every file.
if (process.getuid?.() !== 0) {
  t.test('a file that may not be read', async t => {
    const { folder, key } = await makeData(t)
    for (const file of FILES) {
      await chmod(join(folder, file), 0)
      await expectNamed(t, { folder, key, file, what: `${file} with mode 0` })
      await chmod(join(folder, file), 0o600)
    }
  })
}

t.test('a copy of the data that has files where links were is used, and changed as ever', async t => {
  const { folder, key } = await makeData(t)
  const copy = join(folder, 'copy')
  await mkdir(copy, { mode: 0o700 })
  for (const file of FILES) await cp(join(folder, file), join(copy, file), { dereference: true })
  const service = await build(t, { folder: copy })
  const answer = await service.app.inject({ method: 'PUT', url: '/api/updateRuntimeConfig', headers: { 'api-key': key }, payload: { start_block: 77 } })
  t.equal(answer.statusCode, 200)
  t.equal(JSON.parse(await readFile(join(copy, 'runtime_config.json'), 'utf8')).runtime_config.start_block, 77)
})
