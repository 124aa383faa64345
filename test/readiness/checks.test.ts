import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import {
  checkApiKey, checkConfiguration, checkEnclaveKey, checkStorage, checkSupervisor
} from '../../src/readiness/checks.js'
import { CONDITIONS, createReadiness } from '../../src/readiness/readiness.js'
import { openApiKey } from '../../src/access/api-key.js'
import { createConfigPair } from '../../src/config/pair/pair.js'
import { createConfigurationStore } from '../../src/config/store.js'
import { CodedError } from '../../src/errors.js'
import { SECRET } from '../fixtures/configuration.js'
import { replaceWithFifo } from '../fixtures/fifo.js'

t.test('api_key: none yet is fine, a damaged or unreadable one is not', async t => {
  t.equal(checkApiKey(await openApiKey({ folder: t.testdir() })), null)
  const folder = t.testdir({ 'api_key.sha256': 'x' })
  await chmod(join(folder, 'api_key.sha256'), 0o600)
  t.equal(
    checkApiKey(await openApiKey({ folder })), 'api_key.sha256 is damaged: any call under /api says how to mend it'
  )
  t.match(
    checkApiKey(await openApiKey({ folder: t.testdir({ 'api_key.sha256': {} }) })),
    /^api_key.sha256 cannot be read \(EISDIR\): any call/
  )
})

t.test('configuration: none yet is fine, a damaged one is named', async t => {
  const check = async (files: Record<string, string | object>) => {
    const folder = t.testdir(files as Record<string, string>)
    return await checkConfiguration(createConfigurationStore({ pair: createConfigPair({ folder }) }))
  }
  t.equal(await check({}), null)
  t.equal(await check({ 'generator_config.json': '', 'runtime_config.json': '{}' }),
    'generator_config.json is damaged: getGeneratorConfig says how; generatorConfigSetup replaces it')
  t.match(
    await check({
      'generator_config.json': '{"generator_config":[]}', 'runtime_config.json': `{"runtime_config":"${SECRET}"}`
    }),
    /^runtime_config.json is damaged: [^1]*$/
  )
  await t.rejects(checkConfiguration({ read: async () => { throw new TypeError('a fault') } }), { name: 'TypeError' })
})

t.test('configuration: files that cannot be read at the moment', async t => {
  const read = async () => { throw new CodedError('STORAGE_FAILED', 'too many open files') }
  t.equal(
    await checkConfiguration({ read }), 'the config files cannot be read at the moment: getGeneratorConfig says why'
  )
})

t.test('enclave_key: the file must be there and hold the key', { timeout: 30_000 }, async t => {
  const path = join(t.testdir(), 'secp.sec')
  const check = async () => await checkEnclaveKey({ path, secretHex: SECRET })
  t.equal(await check(), "secp.sec, the enclave's key, cannot be read: put it back before the next restart")
  await writeFile(path, Buffer.from(SECRET, 'hex'))
  t.equal(await check(), null)
  await writeFile(path, Buffer.alloc(32, 9))
  t.equal(
    await check(),
    "secp.sec, the enclave's key, is not the one that the service runs with: put it back before the next restart"
  )
  await replaceWithFifo(path)
  t.equal(await check(), "secp.sec, the enclave's key, cannot be read: put it back before the next restart")
})

t.test('storage: the folder must take writes, and have room', async t => {
  const folder = t.testdir()
  t.equal(await checkStorage({ folder, minimumFreeBytes: 1 }), null)
  t.equal(
    await checkStorage({ folder, minimumFreeBytes: Number.MAX_SAFE_INTEGER }),
    'the disk of CONFIG_DIR is full: make room on it'
  )
  if (process.getuid?.() !== 0) {
    await chmod(folder, 0o500)
    t.match(await checkStorage({ folder, minimumFreeBytes: 1 }), /^CONFIG_DIR cannot be written \(EACCES\)/)
    await chmod(folder, 0o700)
  }
  await rm(folder, { recursive: true })
  t.match(
    await checkStorage({ folder, minimumFreeBytes: 1 }), /^CONFIG_DIR cannot be written \(ENOENT\): mount it again/
  )
})

t.test('supervisor: each trouble has its remedy', async t => {
  const check = (problem: Parameters<typeof checkSupervisor>[0]['problem']) => checkSupervisor({
    processes: [], problem
  })
  t.equal(check(null), null)
  t.match(check('SUPERVISOR_TIMEOUT'), /does not answer in time: check/)
  t.match(check('SUPERVISOR_UNAVAILABLE'), /cannot be reached: check/)
  t.match(check('PROGRAM_NOT_FOUND'), /name in GENERATOR_PATH: check/)
})

t.test('a check that hangs or breaks is a problem, and holds up nothing', async t => {
  const fine = async () => null
  const checks = {
    api_key: fine,
    configuration: async () => { throw new TypeError('a fault') },
    enclave_key: fine,
    storage: async () => await setTimeout(60_000, null, { ref: false }),
    supervisor: fine,
  }
  const begun = performance.now()
  const conditions = await createReadiness({ checks, deadlineMs: 50 })()
  t.ok(performance.now() - begun < 30_000)
  t.strictSame(
    conditions.map(({ name, problem }) => [name, problem]),
    CONDITIONS.map(name => [
      name,
      {
        configuration: "could not be checked: see the service's log",
        storage: 'could not be checked in time: the disk may hang',
      }[name as string] ?? null,
    ])
  )
})
