import { execFile } from 'node:child_process'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { AWS_ROOT, imageIdOf, measureInitParams, PRESETS } from '../../../operator/attestation/index.js'
import { bytes } from '../../fixtures/attestation/cbor.js'
import { sequence, time } from '../../fixtures/attestation/der.js'
import {
  certificateOf, type DocumentChanges, ENCLAVE_KEY, LASTING_ROOT, makeCurrentDocument, makeDocument, MODULE, PCRS,
  POLICY, ROOT,
} from '../../fixtures/attestation/document.js'
import { startHttpServer } from '../../fixtures/http-server.js'
import { runCli } from './run-cli.js'

const MAIN = join(import.meta.dirname, '../../../dist/operator/cli/main.js')
const AT = ['--at', '2026-06-01T12:00:12Z']
const environment = { GENERATOR_CLIENT_PROFILE: '/nowhere/profile.json' }
const { 0: zero, 1: one, 2: two, 16: sixteen = '' } = POLICY.pcrs
const image = ['--pcr0', zero, '--pcr1', one, '--pcr2', two]
const expected = [...image, '--pcr16', sixteen, '--root', ROOT]
const zeros = '00'.repeat(48)

/** Runs `enclave verify` on a document on standard input. */
async function verify (argv: string[], changes: DocumentChanges = {}) {
  return await runCli(['enclave', 'verify', '-', ...argv], { environment, stdin: makeDocument(changes) })
}

t.test('a readable verdict', async t => {
  const nonce = bytes(Buffer.from('nonce'))
  const leaf = certificateOf('leaf', { validity: sequence(time('260601110000Z'), time('260601140000Z')) })
  const { code, stdout, stderr } = await verify([...expected, ...AT, '--nonce', '6e6f6e6365'], {
    fields: { nonce }, certificates: { leaf }
  })
  t.same([code, stderr], [0, ''])
  const lines = stdout.trimEnd().split('\n').map(line => line.trim().replace(/ {2,}/, ': '))
  t.match(lines, [
    'The enclave is the expected one',
    `Module: ${MODULE}`,
    'Time: 2026-06-01T12:00:00.500Z, 12 s old',
    `PCR0, the whole image: ${zero}`,
    `PCR1, its kernel: ${one}`,
    `PCR2, its programs: ${two}`,
    `PCR16, the compose file: ${sixteen}`,
    `Image id: ${imageIdOf({ ...POLICY.pcrs, 16: sixteen })}`,
    `Enclave key: 0x${ENCLAVE_KEY.toString('hex')}`,
    /^Address: 0x[0-9a-f]{40}$/,
    'Nonce: 6e6f6e6365',
    `Certificate 1: CN=root, until 2027-01-01T00:00:00.000Z (valid for 365 days), SHA-256 ${ROOT.slice(0, 16)}…`,
    /^Certificate 2: CN=region,/,
    /^Certificate 3: CN=zone,/,
    /^Certificate 4: CN=instance,/,
    /^Certificate 5: CN=leaf, until 2026-06-01T14:00:00\.000Z \(valid for 3 h\), SHA-256 [0-9a-f]{16}…$/,
  ])
  t.equal(lines.length, 16)
})

t.test('the same for scripts', async t => {
  const { code, stdout } = await verify([...expected, ...AT, '--json'])
  t.equal(code, 0)
  const { data: { certificates, address, ...data }, ...answer } = JSON.parse(stdout)
  t.strictSame(answer, { status: 'success', statusCode: 200, message: 'The enclave is the expected one' })
  t.strictSame(data, {
    module_id: MODULE,
    timestamp: '2026-06-01T12:00:00.500Z',
    age_seconds: 12,
    pcrs: Object.fromEntries(Object.entries(PCRS).map(([index, pcr]) => [index, pcr.toString('hex')])),
    image_id: imageIdOf({ ...POLICY.pcrs, 16: sixteen }),
    classic: false,
    public_key: `0x${ENCLAVE_KEY.toString('hex')}`,
    user_data: null,
    nonce: null,
  })
  t.match(address, /^0x[0-9a-f]{40}$/)
  t.strictSame(certificates[0], {
    name: 'CN=root',
    sha256: ROOT,
    not_before: '2026-01-01T00:00:00.000Z',
    not_after: '2027-01-01T00:00:00.000Z',
  })
  const withData = await verify([...expected, ...AT, '--json'], {
    fields: { user_data: bytes(Buffer.of(1)), nonce: bytes(Buffer.of(2)) }
  })
  t.match(JSON.parse(withData.stdout).data, { user_data: '01', nonce: '02' })
})

t.test('refusals', async t => {
  const refusals: Array<[RegExp, string[], DocumentChanges?]> = [
    [/^generator-client: Not trusted: PCR16 is 1{96}, but 0{96} is expected \(ATTESTATION_IMAGE\)\n$/, [
      ...image, '--pcr16', zeros, '--root', ROOT, ...AT
    ]],
    [/has no PCR16/, [...expected, ...AT], { pcrs: { 16: null } }],
    [/debug mode/, ['--pcr0', zeros, ...image.slice(2), '--pcr16', sixteen, '--root', ROOT, ...AT], {
      pcrs: { 0: bytes(Buffer.alloc(48)) }
    }],
    [new RegExp(`lead to the root ${ROOT}, but ${AWS_ROOT} is expected`), [...image, '--pcr16', sixteen, ...AT]],
    [/identity key, use port 1301, or 1500 of classic Oyster/, [...expected, ...AT], {
      fields: { public_key: bytes(Buffer.alloc(32)) }
    }],
    [/s old, and at most 300 s are allowed: it says .*, and the clock of this machine /, [
      ...expected, '--at', '2026-06-02T12:00:00+00:00'
    ]],
    [/12 s old, and at most 10 s/, [...expected, ...AT, '--max-age', '10']],
    [/1 s ahead, and at most 1 s/, [...expected, '--at', '1780315199100', '--max-ahead', '1']],
    [/The public_key is .* is expected/, [
      ...expected, ...AT, '--public-key', '02b62afabd7bfac938cabdc48b5a8c549effd2ea88d45a1116cafc1a03effaf720'
    ]],
    [/The nonce is missing/, [...expected, ...AT, '--nonce', 'ab']],
    [/The image id is .*, but (ab){32} is expected/, ['--image-id', `0x${'AB'.repeat(32)}`, '--root', ROOT, ...AT]],
    [/not strict CBOR/, [...expected, ...AT], { message: () => Buffer.from('<html>') }],
  ]
  for (const [message, argv, changes] of refusals) {
    t.match(await verify(argv, changes), { code: 9, stdout: '', stderr: message })
  }
  t.strictSame(JSON.parse((await verify([...image, '--pcr16', zeros, '--root', ROOT, ...AT, '--json'])).stdout), {
    status: 'error',
    statusCode: null,
    code: 'ATTESTATION_IMAGE',
    message: `PCR16 is ${'1'.repeat(96)}, but ${zeros} is expected`,
    data: null,
  })
})

t.test('what an owner may expect', async t => {
  const accepted: Array<[string[], DocumentChanges?]> = [
    [['--image-id', imageIdOf({ ...POLICY.pcrs, 16: sixteen }), '--root', ROOT, ...AT]],
    [[...expected, '--public-key', ENCLAVE_KEY.toString('hex'), ...AT]],
    [[...expected, '--at', '1780315212000']],
    [[...expected, '--at', '2026-06-01T13:00:00Z', '--max-age', '4000']],
    [[...expected, '--at', '2026-06-01T11:00:00Z', '--max-ahead', '4000']],
  ]
  for (const [argv, changes] of accepted) {
    t.match(await verify(argv, changes), { code: 0, stdout: /^The enclave is the expected one\n/ })
  }
  const classic = await verify([...image, '--classic', '--root', ROOT, ...AT], { pcrs: { 16: null } })
  t.match(classic, { code: 0, stdout: /the compose file +none is measured, because the image is a classic one\n/ })
  t.match(await verify([...expected, '--classic', ...AT]), { code: 0, stdout: new RegExp(`file +${sixteen}`) })
})

t.test('wrong use', async t => {
  const folder = t.testdir({ 'compose.yml': 'services: {}\n' })
  const compose = join(folder, 'compose.yml')
  const preset = ['--preset', 'blue@3.0.0']
  const wrong: Array<[RegExp, string[]]> = [
    [/Say what to expect: --preset with --compose/, []],
    [/--pcr0, --pcr1 and --pcr2, or --preset/, ['--pcr16', zeros]],
    [/--compose or --pcr16, or --classic/, image],
    [/--compose or --pcr16, or --classic/, preset],
    [/must be 48 bytes in hex, which are 96 digits/, ['--pcr0', 'ab']],
    [/must be 48 bytes in hex/, ['--pcr0', 'xy'.repeat(48)]],
    [/must be 32 bytes in hex/, ['--root', 'ab']],
    [/must be a secp256k1 point/, ['--public-key', 'ab']],
    [/must be bytes in hex/, ['--nonce', 'abc']],
    [/must be a time with its zone/, ['--at', '2026-06-01']],
    [/must be a time with its zone/, ['--at', '2026-06-01T12:00:00']],
    [/must be a time with its zone/, ['--at', '2026-13-01T12:00:00Z']],
    [/must be a whole number/, ['--max-age', '-1']],
    [/Allowed choices are blue@3\.0\.0/, ['--preset', 'red']],
    [/cannot be used with option '--pcr0 <hex>'/, [...preset, '--pcr0', zeros]],
    [/cannot be used with/, ['--image-id', 'ab'.repeat(32), '--classic']],
    [/cannot be used with/, ['--compose', compose, '--pcr16', zeros]],
    [/--init-param needs --compose/, [...image, '--init-param', 'a=b']],
    [/--init-param takes PATH=FILE/, [...preset, '--compose', compose, '--init-param', 'a']],
    [/is like config\/key\.pem, not "\.\.\/a"/, [...preset, '--compose', compose, '--init-param', `../a=${compose}`]],
    [/nothing\.yml cannot be read \(ENOENT\)/, [...preset, '--compose', join(folder, 'nothing.yml')]],
    [/nothing\.bin cannot be read \(ENOENT\)/, [join(folder, 'nothing.bin'), ...expected]],
    [/leave out --at/, [...expected, ...AT, '--save']],
    [/http:\/\/ is no URL of an attestation server/, ['http://', ...expected]],
  ]
  for (const [message, argv] of wrong) {
    t.match(await runCli(['enclave', 'verify', ...argv], { environment }), { code: 2, stdout: '', stderr: message })
  }
})

t.test('a preset with the files of the deployment', async t => {
  const folder = t.testdir({ 'compose.yml': 'services: {}\n', 'a=b.txt': 'text' })
  const files = ['--compose', join(folder, 'compose.yml'), '--init-param', `a.txt=${join(folder, 'a=b.txt')}`]
  const pcr16 = measureInitParams([
    { path: 'docker-compose.yml', contents: Buffer.from('services: {}\n') },
    { path: 'a.txt', contents: Buffer.from('text') },
  ])
  const pcrs = { ...PRESETS['blue@3.0.0']!, 16: pcr16 }
  const deployment = ['--preset', 'blue@3.0.0', ...files]
  const text = await runCli(['enclave', 'pcrs', ...deployment], { environment })
  t.same(text, {
    code: 0,
    stdout: [
      `  PCR0, the whole image    ${pcrs[0]}`,
      `  PCR1, its kernel         ${pcrs[1]}`,
      `  PCR2, its programs       ${pcrs[2]}`,
      `  PCR16, the compose file  ${pcr16}`,
      `  Image id                 ${imageIdOf(pcrs)}\n`,
    ].join('\n'),
    stderr: '',
  })
  t.strictSame(JSON.parse((await runCli(['enclave', 'pcrs', '--json', ...deployment], { environment })).stdout), {
    status: 'success', statusCode: 200, message: 'PCRs computed', data: { pcrs, image_id: imageIdOf(pcrs) }
  })
  const measured = Object.fromEntries(
    Object.entries(pcrs).map(([index, pcr]) => [index, bytes(Buffer.from(pcr, 'hex'))])
  )
  t.match(await verify([...deployment, '--root', ROOT, ...AT], { pcrs: measured }), { code: 0 })
  t.match(await verify([...deployment, '--root', ROOT, ...AT]), { code: 9, stderr: /PCR0 is/ })
  t.match(await runCli(['enclave', 'pcrs', '--preset', 'blue@3.0.0'], { environment }), {
    code: 2, stderr: /--compose <file>' not specified/
  })
})

t.test('the real command, the profile, and a real attestation server', async t => {
  const folder = t.testdir()
  const profile = join(folder, 'profile.json')
  let changes: DocumentChanges = {}
  const paths: string[] = []
  const server = await startHttpServer(t, ({ url }, response) => {
    paths.push(url!)
    response.end(makeCurrentDocument(changes))
  })
  const url = `${server}/attestation/raw`
  const run = async (...argv: string[]) => await runCli(['enclave', 'verify', '--profile', profile, ...argv])
  const runProcess = async (...argv: string[]) => await promisify(execFile)(
    process.execPath, [MAIN, 'enclave', 'verify', '--profile', profile, ...argv]
  ).then(({ stdout }) => ({ code: 0, stdout, stderr: '' }), ({ code, stdout, stderr }) => ({ code, stdout, stderr }))
  const policy = { pcrs: POLICY.pcrs, root: LASTING_ROOT }
  const flags = [...image, '--pcr16', sixteen, '--root', LASTING_ROOT]

  changes = { pcrs: { 16: bytes(Buffer.alloc(48, 99)) } }
  t.match(await runProcess(url, ...flags, '--save'), { code: 9, stdout: '', stderr: /PCR16 is 6363/ })
  await t.rejects(readFile(profile), { code: 'ENOENT' }, 'a refusal saves nothing')
  changes = {}
  t.match(await run(url, ...flags, '--save'), {
    code: 0, stdout: new RegExp(`^The enclave is the expected one, and what is expected is saved to ${profile}\n`)
  })
  t.strictSame(JSON.parse(await readFile(profile, 'utf8')), {
    url: 'http://127.0.0.1:5000', attestation_url: url, attestation: policy
  })
  t.match(await runProcess(), { code: 0 }, 'the profile says where, and what')
  t.same(paths, Array(3).fill('/attestation/raw'))
  changes = { pcrs: { 2: bytes(Buffer.alloc(48, 99)) } }
  t.match(await run(), { code: 9, stderr: /PCR2 is 6363/ })
  changes = {}
  t.match(await run('--pcr16', zeros, '--save'), { code: 9, stderr: /PCR16 is/ })
  t.strictSame(JSON.parse(await readFile(profile, 'utf8')).attestation, policy)
  t.match(await run(server), { code: 0 })
  t.equal(paths.at(-1), '/attestation/raw', 'the path of a URL without one')
  t.match(await run('http://127.0.0.1:1/'), {
    code: 7, stderr: /^generator-client: No connection to the attestation server at 127\.0\.0\.1:1: ECONN/
  })
})

t.test('flags in the place of parts of the saved policy', async t => {
  const folder = t.testdir()
  const profile = join(folder, 'profile.json')
  const file = join(folder, 'document.bin')
  await writeFile(file, makeCurrentDocument())
  const run = async (...argv: string[]) =>
    await runCli(['enclave', 'verify', file, '--save', ...argv], { environment: { GENERATOR_CLIENT_PROFILE: profile } })
  const saved = async () => JSON.parse(await readFile(profile, 'utf8')).attestation
  const root = LASTING_ROOT
  const imageId = imageIdOf({ ...POLICY.pcrs, 16: sixteen })
  const pcrs = { 0: zero, 1: one, 2: two }

  t.match(await run(...image, '--classic', '--root', root), { code: 0 })
  t.strictSame(await saved(), { pcrs, classic: true, root })
  t.match(await run('--public-key', ENCLAVE_KEY.toString('hex')), { code: 0 })
  t.strictSame(await saved(), { pcrs, classic: true, root, public_key: ENCLAVE_KEY.toString('hex') })
  t.match(await run('--pcr16', sixteen, '--max-age', '60', '--max-ahead', '5'), { code: 0 })
  const limits = { max_age_seconds: 60, max_ahead_seconds: 5 }
  const key = { public_key: ENCLAVE_KEY.toString('hex') }
  t.strictSame(await saved(), { pcrs: { ...pcrs, 16: sixteen }, root, ...key, ...limits })
  t.match(await run('--classic'), { code: 0 })
  t.strictSame(await saved(), { pcrs, classic: true, root, ...key, ...limits })
  t.match(await run('--image-id', imageId), { code: 0 })
  t.strictSame(await saved(), { image_id: imageId, root, ...key, ...limits })
  t.match(await run(), { code: 0 })
  t.strictSame(await saved(), { image_id: imageId, root, ...key, ...limits })
  t.notOk('attestation_url' in JSON.parse(await readFile(profile, 'utf8')), 'a file has no URL')
})

t.test('profiles of others, and damaged ones', async t => {
  const folder = t.testdir()
  const profile = join(folder, 'profile.json')
  const file = join(folder, 'document.bin')
  await writeFile(file, makeDocument())
  const run = async (content: object, ...argv: string[]) => {
    await writeFile(profile, JSON.stringify(content))
    await chmod(profile, 0o600)
    return await runCli(['enclave', 'verify', ...argv], { environment: { GENERATOR_CLIENT_PROFILE: profile } })
  }
  const other = ['--url', 'http://127.0.0.1:2']
  const attestation = { pcrs: POLICY.pcrs, root: ROOT }
  const url = 'http://127.0.0.1:5000'
  t.match(await run({ url, attestation }, file, ...AT), { code: 0 })
  t.match(await run({ url, attestation }, file, ...AT, ...other), { code: 2, stderr: /Say what to expect/ })
  t.match(await run({ url, attestation }, file, ...expected, '--save', ...other), { code: 2, stderr: /is that of 127/ })
  t.match(await run({ url, attestation: { pcrs: { 0: 'x' } } }, file, ...AT), {
    code: 2, stderr: /attestation_url, attestation\. All of them are text, but attestation is what `enclave verify/
  })
  t.match(await run({ url, attestation: { ...attestation, more: 1 } }, file, ...AT), { code: 2 })
  t.match(await run({ url, attestation, attestation_url: 'nonsense' }), {
    code: 2, stderr: /nonsense is no URL of an attestation server/
  })
  t.match(await run({ url, attestation: { pcrs: { 0: zero, 1: one, 2: two }, root: ROOT } }, file, ...AT), {
    code: 2, stderr: /names no PCR16.*\(POLICY_INVALID\)/
  })
  const silent = await startHttpServer(t, () => {})
  t.match(await run({ url, attestation, attestation_url: silent }, '--timeout', '50'), {
    code: 8, stderr: /No answer within 50 ms from 127\.0\.0\.1:\d+ \(TIMEOUT\)/
  })
})

t.test("without a URL, the service's host is asked at the port of its kind of image", async t => {
  for (const [port, flags] of [[1301, ['--pcr16', sixteen]], [1500, ['--classic']]] as const) {
    // Nothing listens at an address of another loopback.
    const { code, stderr } = await runCli(['enclave', 'verify', ...image, ...flags, '--url', 'http://127.9.9.9:5000'], {
      environment
    })
    const message = `No connection to the attestation server at 127.9.9.9:${port}: ECONNREFUSED (UNREACHABLE)`
    t.same([code, stderr], [7, `generator-client: ${message}\n`])
  }
})
