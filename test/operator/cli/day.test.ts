import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { SigningKey } from 'ethers'
import t, { type Test } from 'tap'
import { createGeneratorClient, decryptApiKey, makeApiKey } from '../../../operator/client/index.js'
import { limits, type Limits } from '../../../src/http/limits.js'
import { numberedAddress, PRIVATE_KEY, setup } from '../../fixtures/configuration.js'
import { build } from '../../helper.js'
import { startJsonServer } from '../../fixtures/http-server.js'
import { runCli } from './run-cli.js'

/** The service on a real socket, and the command line with a profile of its own. */
async function start (
  t: Test,
  variables: NodeJS.ProcessEnv = {},
  files: Record<string, string> = {},
  own: Partial<Limits> = {}
) {
  const service = await build(t, {
    folder:
      t.testdir({ data: {}, operator: { 'setup.json': JSON.stringify(setup), key: `${PRIVATE_KEY}\n`, ...files } }) +
      '/data',
    variables,
    limits: { ...limits, ...own },
  })
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const operator = join(service.folder, '../operator')
  const profile = join(operator, 'own/profile.json')
  const url = `http://127.0.0.1:${(service.app.server.address() as AddressInfo).port}`
  const environment = { GENERATOR_CLIENT_URL: url, GENERATOR_CLIENT_PROFILE: profile }
  const cli = async (...argv: string[]) => await runCli(argv, { environment })
  return { service, operator, profile, url, environment, cli, file: (name: string) => join(operator, name) }
}

t.test('the operator\'s day', async t => {
  const { service, profile, cli, url, environment, file } = await start(t, { REQUIRE_ENCRYPTION: 'true' })
  const { compressedPublicKey } = service.app.enclaveKey

  t.same(await cli('init-key', '--save'), {
    code: 0, stdout: `API key generated, and saved to ${profile}\n`, stderr: ''
  })
  t.equal((await stat(profile)).mode & 0o777, 0o600)
  t.equal((await stat(join(profile, '..'))).mode & 0o777, 0o700)
  const { api_key: apiKey } = JSON.parse(await readFile(profile, 'utf8'))
  t.match(apiKey, /^[0-9a-f]{64}$/)

  t.match(await cli('setup', file('setup.json')), {
    code: 2, stdout: '', stderr: /\(ENCLAVE_KEY_REQUIRED\)\nSave what the attestation must say/
  })
  t.match(await cli('setup', file('setup.json'), '--plain'), { code: 4, stderr: /ENCRYPTION_REQUIRED/ })
  t.same(await cli('setup', file('setup.json'), '--trust-on-first-use'), {
    code: 0,
    stdout: `Config done\nTrusted the enclave key ${compressedPublicKey} on first use, and saved it to ${profile}: compare it with the attestation\n`,
    stderr: '',
  })
  t.same(JSON.parse(await readFile(profile, 'utf8')), { url, api_key: apiKey, enclave_public_key: compressedPublicKey })
  t.equal((await cli('setup', file('setup.json'), '--trust-on-first-use')).stdout, 'Config done\n')

  t.match(await cli('status'), {
    code: 0, stdout: /^Generator hasn't been started yet\.\n {2}Program +kalypso-generator\n {2}State +STOPPED\n/
  })
  t.match(await cli('start'), { code: 0, stdout: /^Generator started\n.*\n {2}State +RUNNING\n {2}Process +\d+\n/ })
  t.equal(
    (await cli('config', 'set', 'start_block=7', 'zkbob_market_id=12')).stdout,
    'Runtime config updated\nkalypso-generator runs with an older configuration: generator-client restart --program kalypso-generator\n'
  )
  t.match(await cli('restart', '--program', 'kalypso-generator'), { code: 0, stdout: /^Program restarted\n/ })
  t.match(await cli('restart'), { code: 0, stdout: /^Generator restarted\n/ })
  t.match(await cli('status', '--program', 'kalypso-generator'), { code: 0, stdout: /^Program has been started\.\n/ })
  t.match(await cli('stop', '--program', 'kalypso-generator'), { code: 0, stdout: /^Program stopped\n/ })
  t.match(await cli('start', '--program', 'kalypso-generator'), { code: 0, stdout: /^Program started\n/ })
  t.match(await cli('status', '--program', 'sshd'), { code: 4, stderr: /PROGRAM_NOT_MANAGED/ })
  t.match(await cli('stop'), { code: 0, stdout: /^Generator stopped\n/ })
  t.match(await cli('stop'), { code: 0, stdout: /^Generator is not running\n/ })

  const { stdout: keys } = await cli('keys')
  t.equal(
    keys,
    `  Address of the enclave's key  ${await service.app.enclaveKey.getAddress()}\n  Public key of the enclave     ${compressedPublicKey}\n`
  )
  t.equal((await cli('keys', numberedAddress(1))).stdout, keys)
  t.match(await cli('keys', numberedAddress(9)), { code: 5, stderr: /GENERATOR_NOT_FOUND/ })
  const { r, s, v } = await service.app.enclaveKey.signAddress(numberedAddress(3))
  t.equal(
    (await cli('sign-address', numberedAddress(3))).stdout,
    `  Signature  ${r}${s.slice(2)}${v.toString(16)}\n  r          ${r}\n  s          ${s}\n  v          ${v}\n`
  )
  const signed = await runCli(['sign-attestation', '-', numberedAddress(3), '--json'], {
    environment, stdin: '0x8444\n'
  })
  t.same(JSON.parse(signed.stdout), {
    status: 'success',
    message: 'Attestation signed',
    data: await service.app.enclaveKey.signAttestation('0x8444', numberedAddress(3)),
    statusCode: 200,
  })
})

t.test('configuration and generators', async t => {
  const { service, cli, file, environment } = await start(t)
  await cli('init-key', '--save')
  t.equal((await cli('setup', file('setup.json'), '--plain')).stdout, 'Config done\n')
  await cli('setup', file('setup.json'), '--trust-on-first-use')
  const stored = async () => (await service.app.configuration.read()).runtime

  t.equal((await cli('config', 'set', `private_key=@${file('key')}`, 'http_url=https://new.example/token')).code, 0)
  t.match(await stored(), { private_key: PRIVATE_KEY, http_url: 'https://new.example/token' })
  t.equal((await runCli(['config', 'set', 'private_key=@-'], { environment, stdin: `0x${'5'.repeat(64)}\n` })).code, 0)
  t.match(await stored(), { private_key: '5'.repeat(64) })
  t.equal(
    (
      await cli(
        'config', 'set', 'chain_id=9', 'zkbob_market_id=text',
        'markets={"7":{"port":6000,"ivs_url":"http://ivs.example"}}'
      )
    ).code,
    0
  )
  t.match(await stored(), { chain_id: 9, zkbob_market_id: 'text', markets: { 7: { port: '6000' } } })
  const refused: [string[], number, RegExp][] = [
    [['private_key=11'], 2, /other users of this machine can read arguments/],
    [['private_key=@/nowhere'], 2, /\/nowhere cannot be read \(ENOENT\)/],
    [['nonsense'], 2, /"nonsense" is not of the form FIELD=VALUE/],
    [['=x'], 2, /not of the form/],
    [['chain_id=x'], 2, /chain_id is not valid JSON/],
    [['chain_id=0'], 4, /chain_id.*\(INVALID_REQUEST\)/],
    [['unknown=1'], 4, /unknown: is not a known field/],
    [[], 2, /Missing required argument 'field=value'/],
  ]
  for (const [assignments, code, message] of refused) {
    t.match(await cli('config', 'set', ...assignments), { code, stdout: '', stderr: message })
  }

  const second = '0x01f01074dc5454B15faBf1F1006864D0b71e3f1c'
  t.match(await cli('generator', 'add', second), { code: 2, stderr: /Required option '--market <id>' not specified/ })
  t.equal((await cli('generator', 'add', second, '--market', '1', '--market', '2', '--data', 'Zeke')).stdout,
    'Generator config updated\nWarning: address: the letter case does not fit the EIP-55 checksum, check it for a typo\n')
  t.match(await cli('generator', 'add', second, '--market', '1'), { code: 4, stderr: /GENERATOR_EXISTS/ })
  t.equal((await cli('generator', 'update', second, '--data', 'Armin')).code, 0)
  t.equal((await cli('generator', 'update', second, '--market', '3')).code, 0)
  t.match(await cli('config', 'show'), {
    code: 0,
    stdout:
      /^Generator 0x01F01074Dc5454b15FaBF1f1006864d0b71e3f1C\n {2}Data +Armin\n {2}Markets +3\n(.*\n)*Runtime config \(names for config set in brackets\)\n {2}RPC endpoint \(http_url\) +https:\/\/new.example\/\*\*\*\n(.*\n)* {2}Markets \(markets\) +7: port 6000, inputs checked by http:\/\/ivs.example\/?\n(.*\n)* {2}Address of the gas key +0x.*\n {2}WebSocket endpoint \(ws_url\) +wss:\/\/rpc.example\/\*\*\*\n/m,
  })
  const shown = JSON.parse((await cli('config', 'show', '--json')).stdout)
  t.match(shown, {
    status: 'success',
    message: 'Config fetched',
    statusCode: 200,
    data: { generator: { generator_config: [{}, { data: 'Armin' }] }, runtime: { runtime_config: { chain_id: 9 } } },
  })
  t.equal(
    (await cli('generator', 'remove', second)).stdout,
    'Removed Generator\nWarning: address: the letter case does not fit the EIP-55 checksum, check it for a typo\n'
  )
  await cli('generator', 'remove', numberedAddress(1))
  t.match(await cli('keys'), { code: 2, stderr: /There is no generator: add one first/ })
})

t.test('a program that does not stay up: its last lines are shown', async t => {
  const conf =
    '[program:kalypso-generator]\ncommand=sh -c "echo the last words; exit 3"\nautostart=false\nstartretries=0\n'
  const { cli, file } = await start(
    t, { SUPERVISORD_CONF: join(t.testdirName, 'operator/supervisord.conf') }, { 'supervisord.conf': conf }
  )
  await cli('init-key', '--save')
  await cli('setup', file('setup.json'), '--plain')
  t.match(await cli('start'), {
    code: 6, stdout: '', stderr: /\(PROGRAM_START_FAILED\)\nIts last log lines:\n {2}the last words\n/
  })
  t.match(JSON.parse((await cli('start', '--json')).stdout), {
    status: 'error', statusCode: 500, code: 'PROGRAM_START_FAILED', data: { log_tail: ['the last words'] }
  })
})

t.test('the API key is replaced, and saved', async t => {
  const { cli, profile, environment } = await start(t)
  t.match(await cli('rotate-key', '--api-key', 'none'), {
    code: 3, stderr: /first \('generator-client init-key --save'\) \(API_KEY_NOT_GENERATED\)\n$/
  })
  await cli('init-key', '--save')
  t.same(await cli('rotate-key', '--save'), {
    code: 0, stdout: `API key rotated, and saved to ${profile}\n`, stderr: ''
  })
  const { api_key: exported } = JSON.parse(await readFile(profile, 'utf8'))
  t.same(await runCli(['rotate-key'], { environment: { ...environment, GENERATOR_CLIENT_API_KEY: exported } }), {
    code: 0,
    stdout: `API key rotated, and saved to ${profile}\n`,
    stderr: 'generator-client: GENERATOR_CLIENT_API_KEY still has the old key: unset it\n',
  })
  t.equal((await cli('status')).code, 0)
  const { api_key: old } = JSON.parse(await readFile(profile, 'utf8'))
  t.match(JSON.parse((await cli('rotate-key', '--json')).stdout), {
    status: 'success', message: 'API key rotated', data: profile
  })
  t.match(await cli('rotate-key', '--api-key', old), { code: 3, stderr: /API_KEY_INVALID/ })
  t.equal((await cli('status')).code, 0)
  t.same(await readdir(join(profile, '..')), ['profile.json'])
})

t.test('a service that encrypts its API keys', async t => {
  const { publicKey } = new SigningKey(`0x${'17'.repeat(32)}`)
  const { cli, file, profile } = await start(
    t,
    { API_KEY_RECIPIENT: publicKey },
    { 'recipient.key': `0x${'17'.repeat(32)}\n`, other: '18'.repeat(32), none: 'secret-text' }
  )
  const refused = await cli('init-key', '--save', '--decrypt-with', file('none'))
  t.match(refused, { code: 2, stderr: /none must hold a secp256k1 private key/ })
  t.notMatch(refused.stderr, 'secret-text')
  t.equal(
    (await cli('init-key', '--save', '--decrypt-with', file('recipient.key'))).stdout,
    `API key generated, and saved to ${profile}\n`
  )
  t.equal((await cli('status')).code, 0)
  t.match(await cli('rotate-key', '--save'), { code: 0 }, 'the new key never travels')
  t.match(await cli('rotate-key', '--decrypt-with', file('recipient.key')), {
    code: 2, stderr: /Unknown option '--decrypt-with'/
  })
})

t.test('a key that is encrypted, and cannot be decrypted here, is shown', async t => {
  const { publicKey } = new SigningKey(`0x${'17'.repeat(32)}`)
  for (const [argv, problem] of [
    [['--save'], /^The key is encrypted to the API_KEY_RECIPIENT/],
    [['--decrypt-with', 'other'], /^The answer cannot be decrypted with/],
  ] as const) {
    const { cli, file } = await start(t, { API_KEY_RECIPIENT: publicKey }, { other: '18'.repeat(32) })
    const lost = await cli('init-key', ...argv.map(word => word === 'other' ? file(word) : word))
    t.match(lost, { code: 1, stdout: problem })
    const key = await decryptApiKey({ privateKey: '17'.repeat(32), data: lost.stdout.trim().slice(-322) })
    t.equal((await cli('status', '--api-key', key)).code, 0)
  }
})

t.test('the next command finishes a rotation that was interrupted, whether or not it reached the service', async t => {
  for (const isSent of [false, true]) {
    for (const isSaved of [false, true]) {
      const { cli, profile, url, service } = await start(t)
      await cli('init-key', '--save')
      const { api_key: old } = JSON.parse(await readFile(profile, 'utf8'))
      const next = makeApiKey()
      await writeFile(`${profile}.next-key`, `${next}\n`, { mode: 0o600 })
      if (isSent) await createGeneratorClient({ url, apiKey: old }).rotateApiKey(next)
      if (isSent && isSaved) await writeFile(profile, JSON.stringify({ url, api_key: next }), { mode: 0o600 })
      t.match(await cli('status'), {
        code: 0,
        stderr: `generator-client: The rotation that was interrupted is done, and the new API key saved to ${profile}\n`,
      })
      t.same(JSON.parse(await readFile(profile, 'utf8')), { url, api_key: next })
      t.same(await readdir(join(profile, '..')), ['profile.json'])
      t.match(await cli('status'), { code: 0, stderr: '' })
      await service.app.close()
    }
  }
})

t.test('a rotation that cannot be finished: no answer keeps the key, a refusal drops it', async t => {
  const { cli, profile, url, service } = await start(t)
  await cli('init-key', '--save')
  const next = `${profile}.next-key`
  await writeFile(next, `${makeApiKey()}\n`, { mode: 0o600 })
  await writeFile(profile, JSON.stringify({ url, api_key: 'wrong' }), { mode: 0o600 })
  t.match(await cli('status'), { code: 3, stderr: /API_KEY_INVALID/ })
  t.same(await readdir(join(profile, '..')), ['profile.json'])
  await service.app.close()
  await writeFile(next, `${makeApiKey()}\n`, { mode: 0o600 })
  t.match(await cli('status'), { code: 7 })
  t.match(await cli('rotate-key'), { code: 7 })
  await rm(profile)
  t.same(await readdir(join(profile, '..')), ['profile.json.next-key'])
})

t.test('wrong files', async t => {
  const { cli, file } = await start(t)
  await cli('init-key', '--save')
  await writeFile(file('broken.json'), `{"private_key": ${PRIVATE_KEY}`)
  const { code, stderr } = await cli('setup', file('broken.json'), '--plain')
  t.equal(code, 2)
  t.match(stderr, 'broken.json is not valid JSON')
  t.notMatch(stderr, PRIVATE_KEY)
  t.match(await cli('setup', '/nowhere'), { code: 2, stderr: /ENOENT/ })
  t.match(await cli('setup'), { code: 2, stderr: /Missing required argument 'file'/ })
})

t.test('a new key that cannot be kept, or read again, stops the rotation before the service hears of it', async t => {
  const { service, profile, cli } = await start(t)
  await cli('init-key', '--save')
  const before = await readFile(join(service.folder, 'api_key.sha256'), 'utf8')
  const next = `${profile}.next-key`
  await writeFile(next, '')
  t.match(await cli('rotate-key'), {
    code: 2, stderr: new RegExp(`The new key cannot be kept in ${next} \\(EEXIST\\), and the old one stays`)
  })
  await rm(next)
  await mkdir(next)
  t.match(await cli('status'), {
    code: 2, stderr: new RegExp(`${next}, the key of a rotation that was interrupted, cannot be read \\(EISDIR\\)`)
  })
  t.equal(await readFile(join(service.folder, 'api_key.sha256'), 'utf8'), before)
})

t.test('an interrupted rotation of a key that nobody knows ends once the service has said so', async t => {
  const { service, profile, cli, url } = await start(t, {}, {}, { failedAttempts: { burst: 20, perSecond: 0.01 } })
  await service.generateApiKey()
  const next = `${profile}.next-key`
  await mkdir(join(profile, '..'), { recursive: true, mode: 0o700 })
  await writeFile(profile, JSON.stringify({ url, api_key: makeApiKey() }), { mode: 0o600 })
  await writeFile(next, makeApiKey(), { mode: 0o600 })
  t.match(await cli('status'), { code: 3, stderr: /API_KEY_INVALID/ })
  t.same(await readdir(join(profile, '..')), ['profile.json'])
  await writeFile(next, makeApiKey(), { mode: 0o600 })
  for (let attempt = 0; attempt < 20; attempt++) {
    await service.app.inject({ url: '/api/getRuntimeConfig', headers: { 'api-key': 'wrong' } })
  }
  t.match(await cli('status'), { stderr: /TOO_MANY_FAILED_ATTEMPTS/ })
  t.same(
    await readdir(join(profile, '..')),
    ['profile.json', 'profile.json.next-key'],
    'a refusal of the moment says nothing of a key'
  )
})

t.test('a service that cannot rotate now leaves the rotation for later', async t => {
  const { profile, cli } = await start(t)
  const url = await startJsonServer(t, 503, {
    status: 'error', statusCode: 503, code: 'NOT_READY', message: 'not now', data: null
  })
  await mkdir(join(profile, '..'), { recursive: true, mode: 0o700 })
  await writeFile(profile, JSON.stringify({ url, api_key: makeApiKey() }), { mode: 0o600 })
  await writeFile(`${profile}.next-key`, makeApiKey(), { mode: 0o600 })
  t.match(await cli('status', '--url', url), { stderr: /not now/ })
  t.same(await readdir(join(profile, '..')), ['profile.json', 'profile.json.next-key'])
})
