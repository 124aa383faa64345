import { chmod, cp, lstat, mkdir, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import t, { type Test } from 'tap'
import { setup } from '../fixtures/configuration.js'
import { replaceWithFifo } from '../fixtures/fifo.js'
import { build } from '../helper.js'
import { type ServiceProcess, startService } from '../service-process.js'
import { cannotDropCapabilities, WITHOUT_CAPABILITIES } from '../rights.js'
import { count } from '../count.js'
import { random } from '../random.js'

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

/** Starts the service on damaged data. It must start, name the file, not be ready, and overwrite nothing. */
async function expectNamed (
  t: Test,
  { folder, key, file, what }: { folder: string, key: string, file: string, what: string }
): Promise<void> {
  const before = await readFile(join(folder, file)).catch(({ code }) => code)
  const service = await build(t, { folder })
  const { statusCode, code, message } = (
    await service.app.inject({ url: '/api/getGeneratorConfig', headers: { 'api-key': key } })
  ).json()
  const readiness = (await service.app.inject('/health/ready')).json()
  const named = service.log.filter(({ level, msg }) => level === 50 && String(msg).startsWith(file))
  await service.app.close()
  const expected = file === 'api_key.sha256' ? [503, 'API_KEY_UNREADABLE'] : [500, 'CONFIG_CORRUPT']
  if (statusCode !== expected[0] || code !== expected[1] || !message.includes(file)) {
    t.fail(`${what}: ${statusCode} ${code} ${message}`)
  }
  if (named.length !== 1) t.fail(`${what}: ${named.length} lines name it at the start`)
  const missing = readiness.data.missing.map(({ name, problem }: Record<string, string>) => `${name}: ${problem}`)
  const condition = file === 'api_key.sha256' ? 'api_key' : 'configuration'
  if (
    readiness.statusCode !== 503 ||
    readiness.code !== 'NOT_READY' ||
    missing.length !== 1 ||
    !missing[0].startsWith(`${condition}: ${file} `)
  ) {
    t.fail(`${what}: readiness`, { readiness })
  }
  const after = await readFile(join(folder, file)).catch(({ code }) => code)
  if (!isDeepStrictEqual(before, after)) t.fail(`${what}: overwritten`)
}

t.test('empty, truncated, a flipped bit: named, and nothing is overwritten', { timeout: 3_600_000 }, async t => {
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
      const bit = Math.floor(random() * content.length * 8)
      await writeFile(path, content.with(bit >> 3, content[bit >> 3]! ^ 1 << (bit & 7)))
      await expectNamed(t, { folder, key, file, what: `${file}, bit ${bit} flipped` })
    }
    await writeFile(path, content)
  }
  const service = await build(t, { folder })
  t.equal(
    (await service.app.inject({ url: '/api/getGeneratorConfig', headers: { 'api-key': key } })).statusCode,
    200,
    'mended, it works'
  )
  t.comment(`${truncations} truncations, ${flips} flipped bits: each named, none overwritten`)
})

t.test('a .current that links to something else: nothing is lost, and nothing else is removed', async t => {
  const targets: Record<string, (folder: string) => Promise<string>> = {
    'an empty version': async folder => {
      const name = `.version-${'0'.repeat(32)}-${'0'.repeat(32)}`
      await mkdir(join(folder, name))
      return name
    },
    'a version without one of its files': async folder => {
      const name = `.version-${'1'.repeat(32)}-${'0'.repeat(32)}`
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'generator_config.json'), '{}')
      return name
    },
    'a file in the place of a version': async folder => {
      const name = `.version-${'2'.repeat(32)}-${'0'.repeat(32)}`
      await writeFile(join(folder, name), '')
      return name
    },
    "the enclave's key": async () => 'secp.sec',
    'the API key': async () => 'api_key.sha256',
    'the folder itself': async () => '.',
    'a folder elsewhere': async folder => `${folder}/../elsewhere`,
    itself: async () => '.current',
  }
  for (const [what, target] of Object.entries(targets)) {
    const { folder, key } = await makeData(t)
    const version = await readlink(join(folder, '.current'))
    const original = await readFile(join(folder, version, 'runtime_config.json'), 'utf8')
    const [secret, digest] = await Promise.all(
      ['secp.sec', 'api_key.sha256'].map(async file => await readFile(join(folder, file)))
    )
    await mkdir(join(folder, '../elsewhere'), { recursive: true })
    await writeFile(join(folder, '../elsewhere/runtime_config.json'), 'of somebody else')
    await rm(join(folder, '.current'))
    await symlink(await target(folder), join(folder, '.current'))
    const service = await build(t, { folder })
    t.match(
      await readFile(join(folder, version, 'runtime_config.json'), 'utf8'),
      original,
      `${what}: the version is there after the start`
    )
    const send = async (method: 'GET' | 'POST', url: string, payload?: object) =>
      (await service.app.inject({ method, url, headers: { 'api-key': key }, ...payload && { payload } })).json()
    t.match(await send('GET', '/api/getRuntimeConfig'), { code: 'CONFIG_CORRUPT' }, what)
    t.match(await send('POST', '/api/generatorConfigSetup', setup), { message: 'Config done' }, what)
    t.match(await send('GET', '/api/getRuntimeConfig'), { status: 'success' }, what)
    await service.app.close()
    const again = await build(t, { folder })
    const kept = (await readdir(folder)).find(name => name.startsWith(`${version.slice(1)}.replaced-`))
    t.equal(
      await readFile(join(folder, String(kept), 'runtime_config.json'), 'utf8'),
      original,
      `${what}: the version is kept beside`
    )
    t.strictSame(
      await Promise.all(['secp.sec', 'api_key.sha256'].map(async file => await readFile(join(folder, file)))),
      [secret, digest],
      what
    )
    t.equal(await readFile(join(folder, '../elsewhere/runtime_config.json'), 'utf8'), 'of somebody else')
    await again.app.close()
  }
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
      if (what === 'folder') {
        t.ok(
          (await readdir(folder)).some(name => name.startsWith(`${file.replace(/^\./, '')}.replaced-`)),
          'kept beside'
        )
      }
      await service.app.close()
    }
  }
})

t.test('a folder in the place of the key: named, and left alone', async t => {
  const { folder, key } = await makeData(t)
  const path = join(folder, 'api_key.sha256')
  await rm(path)
  await mkdir(path)
  await writeFile(join(path, 'notes.txt'), 'mine')
  await expectNamed(t, { folder, key, file: 'api_key.sha256', what: 'a folder' })
  const { app } = await build(t, { folder })
  t.match((await app.inject({ method: 'POST', url: '/api/generateApiKey' })).json(), {
    statusCode: 503,
    code: 'API_KEY_UNREADABLE',
    message:
      'api_key.sha256 cannot be read (EISDIR). Restore it from a backup, or stop the service and run generator-client reset-key',
  })
  t.equal(await readFile(join(path, 'notes.txt'), 'utf8'), 'mine')
})

/** Exceeds the number of threads for file calls. */
const AT_ONCE = 8

/** Ends the service as an operator would. A service that waits for a file ends too late, or by SIGKILL. */
async function expectEnd (t: Test, { child, exited }: Pick<ServiceProcess, 'child' | 'exited'>): Promise<void> {
  const asked = performance.now()
  child.kill('SIGTERM')
  t.same(await exited, [0, null])
  t.ok(performance.now() - asked < 10_000)
}

t.test('a FIFO in the place of a file at the start: named, and the service ends', { timeout: 120_000 }, async t => {
  const { folder, key } = await makeData(t)
  for (const file of FILES) {
    const path = join(folder, file)
    const content = await readFile(path)
    await replaceWithFifo(path)
    // The teardown of the service looks for secrets in the files.
    t.teardown(async () => await rm(path, { force: true }))
    const service = await startService(t, { folder })
    service.setApiKey(key)
    t.equal(
      service.output.filter(
        line => JSON.parse(line).level === 50 && JSON.parse(line).msg.startsWith(`${file} is not a regular file`)
      ).length,
      1
    )
    const expected =
      file === 'api_key.sha256'
        ? {
            status: 503,
            body: {
              code: 'API_KEY_UNREADABLE',
              message: `${file} is not a regular file. Restore it from a backup, or stop the service and run generator-client reset-key`,
            },
          }
        : {
            status: 500,
            body: {
              code: 'CONFIG_CORRUPT',
              data: { file },
              message: `${file} is not a regular file. Call generatorConfigSetup to replace it (the old file is kept beside it)`,
            },
          }
    t.match(await service.call('GET', '/api/getGeneratorConfig'), expected)
    t.match(await service.call('GET', '/health/ready'), {
      status: 503, body: { code: 'NOT_READY', data: { missing: [{}] } }
    })
    t.ok((await lstat(path)).isFIFO(), 'not overwritten')
    await expectEnd(t, service)
    await rm(path)
    await writeFile(path, content, { mode: 0o600 })
  }
})

t.test('a FIFO in the place of a file later: all is answered, a setup mends it', { timeout: 120_000 }, async t => {
  const folder = t.testdir()
  const service = await startService(t, { folder })
  service.setApiKey((await service.call('POST', '/api/generateApiKey')).body['data'])
  await service.call('POST', '/api/generatorConfigSetup', setup)
  const allAtOnce = async (path: string) =>
    await Promise.all(Array.from({ length: AT_ONCE }, async () => await service.call('GET', path)))
  for (const file of ['generator_config.json', 'runtime_config.json']) {
    for (const place of ['', '.current']) {
      await replaceWithFifo(join(folder, place, file))
      t.teardown(async () => await rm(join(folder, place, file), { force: true }))
      const begun = performance.now()
      const corrupt = {
        status: 500,
        body: { code: 'CONFIG_CORRUPT', data: { file }, message: new RegExp(`^${file} is not a regular file`) },
      }
      for (const answer of await allAtOnce('/api/getGeneratorConfig')) t.match(answer, corrupt)
      for (const { status, body } of await allAtOnce('/health/ready')) {
        t.equal(status, 503)
        t.match(body['data'].missing, [{ name: 'configuration', problem: new RegExp(`^${file} is damaged`) }])
      }
      t.match(await service.call('PUT', '/api/updateRuntimeConfig', { start_block: 77 }), corrupt)
      t.ok(performance.now() - begun < 10_000, 'at once')
      t.equal((await service.call('POST', '/api/generatorConfigSetup', setup)).status, 200)
      t.equal((await service.call('GET', '/api/getGeneratorConfig')).status, 200)
      t.ok((await lstat(join(folder, file))).isSymbolicLink())
    }
  }
  const kept = (await readdir(folder)).filter(name => name.includes('.json.replaced-'))
  const fifos = (await Promise.all(kept.map(async name => (await lstat(join(folder, name))).isFIFO()))).filter(
    isFifo => isFifo
  )
  t.equal(fifos.length, 4, 'each is kept beside')

  const secret = join(folder, 'secp.sec')
  const content = await readFile(secret)
  await replaceWithFifo(secret)
  t.teardown(async () => await rm(secret, { force: true }))
  for (const { body } of await allAtOnce('/health/ready')) {
    t.match(body['data'].missing, [{ name: 'enclave_key', problem: /^secp.sec, the enclave's key, cannot be read/ }])
  }
  t.equal((await service.call('GET', '/api/getGeneratorConfig')).status, 200)
  await rm(secret)
  await writeFile(secret, content, { mode: 0o600 })
  t.equal((await service.call('GET', '/health/ready')).status, 200)
  await expectEnd(t, service)
})

t.test('a mode that forbids reading: named, and nothing is overwritten', { skip: cannotDropCapabilities }, async t => {
  const { folder, key } = await makeData(t)
  const start = async ({ isMeasured = false } = {}) => {
    const service = await startService(t, { folder, isMeasured, before: WITHOUT_CAPABILITIES })
    service.setApiKey(key)
    return {
      ...service,
      named: (file: string) =>
        service.output.filter(line => JSON.parse(line).level === 50 && line.includes(file)).length,
    }
  }
  const stop = async ({ child, exited }: Pick<ServiceProcess, 'child' | 'exited'>) => {
    child.kill('SIGTERM')
    await exited
  }
  for (const [file, expected] of [
    [
      'generator_config.json',
      { status: 500, body: { code: 'CONFIG_CORRUPT', message: /^generator_config.json cannot be read \(EACCES\)/ } },
    ],
    [
      'runtime_config.json',
      { status: 500, body: { code: 'CONFIG_CORRUPT', message: /^runtime_config.json cannot be read \(EACCES\)/ } },
    ],
    [
      'api_key.sha256',
      {
        status: 503,
        body: { code: 'API_KEY_UNREADABLE', message: /^api_key.sha256 cannot be read \(EACCES\). Give .*chmod 600/ },
      },
    ],
  ] as const) {
    const path = join(folder, file)
    await chmod(path, 0)
    let service = await start({ isMeasured: file === 'api_key.sha256' })
    t.equal(service.named(file), 1, `${file} is named at the start`)
    t.match(await service.call('GET', '/api/getGeneratorConfig'), expected)
    t.equal((await stat(path)).mode & 0o777, 0)
    await chmod(path, 0o600)
    if (file === 'api_key.sha256') {
      await stop(service)
      service = await start()
    }
    t.equal((await service.call('GET', '/api/getGeneratorConfig')).status, 200, 'readable again, it works')
    await stop(service)
  }
})

t.test('a mode that lets others read: a key file is refused by name, config files are warned of', async t => {
  const { folder, key } = await makeData(t)
  for (const file of FILES) {
    const path = join(folder, file)
    await chmod(path, 0o644)
    if (file === 'api_key.sha256') {
      await expectNamed(t, { folder, key, file, what: `${file} with mode 0644` })
      continue
    }
    const service = await build(t, { folder })
    t.equal(
      service.log.filter(({ level, msg }) => level === 40 && msg === `${path} can be read by other users: chmod 600 it`)
        .length,
      1
    )
    await service.app.close()
  }
})

t.test('a copy of the data that has files where links were is used, and changed as ever', async t => {
  const { folder, key } = await makeData(t)
  const copy = join(folder, 'copy')
  await mkdir(copy, { mode: 0o700 })
  for (const file of [...FILES, 'secp.sec']) await cp(join(folder, file), join(copy, file), { dereference: true })
  const service = await build(t, { folder: copy })
  const answer = await service.app.inject({
    method: 'PUT', url: '/api/updateRuntimeConfig', headers: { 'api-key': key }, payload: { start_block: 77 }
  })
  t.equal(answer.statusCode, 200)
  t.equal(JSON.parse(await readFile(join(copy, 'runtime_config.json'), 'utf8')).runtime_config.start_block, 77)
})
