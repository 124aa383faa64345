import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { API_KEY_FILE, openApiKey } from '../../src/access/api-key.js'
import { resetApiKey } from '../../src/access/reset-api-key.js'
import { RETIRED_PRESETS_FILE } from '../../src/access/retired-presets.js'
import { runCli } from '../operator/cli/run-cli.js'
import { setup } from '../fixtures/configuration.js'
import { build } from '../helper.js'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const STATUS = '/api/getGeneratorStatus'

t.test('deleted while the service runs: written anew, with an audit line, by the owner or a stranger', async t => {
  const service = await build(t)
  await service.generateApiKey()
  const path = join(service.folder, API_KEY_FILE)
  const content = await readFile(path, 'utf8')
  const lines = () => service.log.flatMap(({ audit }) => Object(audit).action === API_KEY_FILE ? [audit] : [])
  const asks = [
    async () => t.equal((await service.send('GET', STATUS)).statusCode, 200),
    async () => t.equal((await service.app.inject(STATUS)).statusCode, 401),
    async () => t.equal((await service.app.inject({ method: 'POST', url: '/api/generateApiKey' })).statusCode, 409),
  ]
  for (const [index, ask] of asks.entries()) {
    await rm(path)
    // A request looks for the file only if none has done so in the last 100 ms.
    do {
      await ask()
      await service.app.apiKey.saving()
    } while (!existsSync(path))
    t.equal(await readFile(path, 'utf8'), content)
    t.same(
      lines(),
      Array.from({ length: index + 1 }, () => ({ action: API_KEY_FILE, fields: [], key: content.slice(0, 8) }))
    )
  }
})

t.test('a start without the file: a linked pair closes the door, until reset-key', async t => {
  const { folder, app, ...service } = await build(t)
  const key = await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  t.match(await runCli(['reset-key', folder]), { code: 1, stderr: /is in use by another running service/ })
  await app.close()
  await rm(join(folder, API_KEY_FILE))
  const closed = await build(t, { folder })
  const message =
    'api_key.sha256 is missing, though the configuration is there. Restore it from a backup, stop the service and run generator-client reset-key, or start with an API_KEY_SHA256 that was never used here'
  for (const [method, url] of [['POST', '/api/generateApiKey'], ['GET', STATUS]] as const) {
    t.match(
      (await closed.app.inject({ method, url, headers: { 'api-key': key } })).json(),
      { statusCode: 503, code: 'API_KEY_UNREADABLE', message }
    )
  }
  await closed.app.close()
  const reset = await runCli(['reset-key'], { environment: { CONFIG_DIR: folder } })
  t.match(reset, { code: 0, stdout: /^[0-9a-f]{64}\n$/, stderr: '' })
  const again = await build(t, { folder })
  t.equal((await again.app.inject({ url: STATUS, headers: { 'api-key': reset.stdout.trim() } })).statusCode, 200)
  t.equal((await again.app.inject({ url: STATUS, headers: { 'api-key': key } })).statusCode, 401)
  t.match(await runCli(['reset-key', join(folder, 'nowhere')]), { code: 2, stderr: /is no folder/ })
})

t.test('files that are not linked, as the original\'s, count as no key yet', async t => {
  const root = t.testdir({ data: {}, copy: {} })
  const [folder, plain] = [join(root, 'data'), join(root, 'copy')]
  const service = await build(t, { folder })
  await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  for (const file of ['generator_config.json', 'runtime_config.json', 'secp.sec']) {
    await writeFile(
      join(plain, file), await readFile(join(folder, file)), { mode: 0o600 }
    )
  }
  await chmod(plain, 0o700)
  const copy = await build(t, { folder: plain })
  t.equal((await copy.app.inject({ method: 'POST', url: '/api/generateApiKey' })).statusCode, 200)
})

t.test('a preset opens the door only where it was never rotated away', async t => {
  const folder = t.testdir()
  const preset = sha256('own')
  const closed = { code: 'API_KEY_UNREADABLE', statusCode: 503 }
  const lose = async (...files: string[]) => { for (const file of files) await rm(join(folder, file)) }
  await openApiKey({ folder, preset })
  await lose(API_KEY_FILE)
  const taken = await openApiKey({ folder, preset, isConfigured: true })
  t.equal(taken.presetUse, 'taken over', 'in force until it was lost')
  await taken.rotateTo(['own'], sha256('next'))
  await lose(RETIRED_PRESETS_FILE)
  t.equal((await openApiKey({ folder, preset })).presetUse, 'replaced', 'the list is made anew of the key file')
  await lose(API_KEY_FILE)
  for (const isConfigured of [false, true]) {
    const lost = await openApiKey({ folder, preset, isConfigured })
    t.match(lost.damage, { damage: 'is missing, and API_KEY_SHA256 was rotated away before' })
    t.throws(() => lost.authenticate(['own']), closed)
    await t.rejects(lost.issue(), closed)
  }
  const other = await openApiKey({ folder, preset: sha256('other'), isConfigured: true })
  t.ok(other.authenticate(['other']))
  await lose(API_KEY_FILE, RETIRED_PRESETS_FILE)
  t.match(
    (await openApiKey({ folder, preset, isConfigured: true })).damage,
    { damage: /^is missing, and api_key.retired, which .* is missing$/ }
  )
  await writeFile(join(folder, RETIRED_PRESETS_FILE), 'damaged', { mode: 0o600 })
  t.match((await openApiKey({ folder, preset })).damage, { damage: /api_key.retired, which .* is damaged$/ })
})

t.test('reset keeps presets rotated away', async t => {
  const folder = t.testdir()
  await openApiKey({ folder, preset: sha256('own') })
  const key = await resetApiKey({ folder })
  const opened = await openApiKey({ folder, preset: sha256('own') })
  t.equal(opened.presetUse, 'replaced')
  t.ok(opened.authenticate([key]))
})

t.test('reset-key in the working folder, and in a folder of another user', async t => {
  const folder = t.testdir()
  const working = process.cwd()
  process.chdir(folder)
  t.teardown(() => process.chdir(working))
  t.match(await runCli(['reset-key']), { code: 2, stderr: `${join(folder, 'generator_config')} is no folder` })
  await mkdir('generator_config', { mode: 0o700 })
  t.match(await runCli(['reset-key']), { code: 0, stdout: /^[0-9a-f]{64}\n$/ })
  if (process.getuid!() !== 0) return
  await chown('generator_config', 65534, 65534)
  t.match(await runCli(['reset-key']), { code: 2, stderr: /belongs to user 65534: run reset-key as that user/ })
  await chown('generator_config', 0, 0)
})

t.test('a data folder that is away, or hidden by a link, costs no request', async t => {
  const service = await build(t)
  await service.generateApiKey()
  const away = `${service.folder}-away`
  await rename(service.folder, away)
  await symlink(service.folder, service.folder)
  t.equal((await service.send('GET', STATUS)).statusCode, 200)
  t.equal(service.app.apiKey.saving(), null)
  await unlink(service.folder)
  const faults = () =>
    service.log.filter(({ level, msg }) => level === 50 && String(msg).startsWith("The API key's files"))
  do {
    t.equal((await service.send('GET', STATUS)).statusCode, 200)
    await service.app.apiKey.saving()
  } while (faults().length === 0)
  t.match(faults(), [{ msg: /could not be written \(ENOENT\): the key counts as long as this service runs/ }])
  await rename(away, service.folder)
})

t.test('nobody need be told of what is written anew, or fails', async t => {
  const folder = t.testdir({ data: {} })
  const data = join(folder, 'data')
  const apiKey = await openApiKey({ folder: data })
  const key = await apiKey.issue()
  await rm(join(data, API_KEY_FILE))
  apiKey.authenticate([key])
  await apiKey.saving()
  t.match(await readFile(join(data, API_KEY_FILE), 'utf8'), sha256(key))
  await rm(data, { recursive: true })
  while (apiKey.saving() === null) {
    await setImmediate()
    apiKey.authenticate([key])
  }
  await apiKey.saving()
  t.equal(apiKey.authenticate([key]), sha256(key).slice(0, 8))
})
