import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createChannel, openTunnel } from '../../../operator/channel/index.js'
import { setup } from '../../fixtures/configuration.js'
import { type Behaviour, BEHAVIOURS } from '../../fixtures/hosts/behaviours.js'
import { hostDocuments } from '../../fixtures/hosts/documents.js'
import { startEnclave } from '../../fixtures/hosts/enclave.js'
import { openHost } from '../../fixtures/hosts/host.js'
import { createNsm } from '../../fixtures/hosts/nsm.js'
import { replayTo } from '../../fixtures/hosts/replay.js'
import { findLeaks, keyCanary, textCanary } from '../../leaks/canary.js'
import { runCli } from '../cli/run-cli.js'

const run = promisify(execFile)
const NOT_TRUSTED = 9
const PCRS = Object.fromEntries([0, 1, 2, 16].map(index => [index, randomBytes(48).toString('hex')]))
/** `connect` begins like every command, so that a few are enough. */
const TUNNELS = ['ownEndorsement', 'oldDocument', 'otherInstance']
const STATUS = '/api/getGeneratorStatus'

/** Two enclaves, a host, and an operator who has verified the first enclave, taken it over and opened a tunnel. */
async function start (t: Test) {
  const folder = t.testdir({})
  const nsm = createNsm()
  const [enclave, other] = await Promise.all([
    startEnclave(t, { folder: join(folder, 'enclave'), nsm, pcrs: PCRS }),
    startEnclave(t, { folder: join(folder, 'other'), nsm, pcrs: { ...PCRS, 16: randomBytes(48).toString('hex') } }),
  ])
  const host = await openHost({
    enclave: enclave.place, other: other.place, documents: hostDocuments({ nsm, ...enclave })
  })
  t.teardown(host.close)
  const profile = join(folder, 'profile.json')
  const url = `http://127.0.0.1:${host.service.port}`
  const attestationUrl = `http://127.0.0.1:${host.attestation.port}/attestation/raw`
  const cli = async (...argv: string[]) =>
    await runCli(argv, { environment: { GENERATOR_CLIENT_URL: url, GENERATOR_CLIENT_PROFILE: profile } })
  const gasKey = randomBytes(32)
  const path = `/v3/${randomBytes(20).toString('hex')}`
  const runtime = { ...setup.runtime_config, private_key: gasKey.toString('hex'), http_url: `https://rpc.example${path}` }
  await writeFile(join(folder, 'setup.json'), JSON.stringify({ ...setup, runtime_config: runtime }))

  const expected = Object.entries(PCRS).flatMap(([index, pcr]) => [`--pcr${index}`, pcr])
  for (const command of [
    ['enclave', 'verify', attestationUrl, '--root', nsm.root, ...expected, '--save'],
    ['init-key', '--save'],
    ['setup', join(folder, 'setup.json')],
  ]) {
    t.match(await cli(...command), { code: 0, stderr: '' }, command.slice(0, 2).join(' '))
  }
  const channel = createChannel({ url, attestationUrl, policy: { pcrs: PCRS as never, root: nsm.root } })
  const tunnel = await openTunnel({ channel, host: '127.0.0.1', port: 0 })
  t.teardown(tunnel.close)
  return { enclave, host, profile, cli, tunnel, gasKey, path, url }
}

t.test('the hosts of an enclave', async t => {
  const { enclave, host, profile, cli, tunnel, gasKey, path, url } = await start(t)
  const { api_key: apiKey } = JSON.parse(await readFile(profile, 'utf8'))

  await t.test('the command line refuses every host but the honest one, and sends it nothing', async t => {
    const ask = async () => await (await fetch(`${tunnel.url}${STATUS}`, { headers: { 'api-key': apiKey } })).json()

    for (const [name, behaviour] of Object.entries<Behaviour>(BEHAVIOURS)) {
      const { does, refusal, isInDocument, serve } = behaviour
      host.behave(behaviour)
      const status = await cli('status')
      const verdict = await cli('enclave', 'verify')
      if (refusal === null) {
        t.match([status, verdict], [{ code: 0, stderr: '' }, { code: 0, stderr: '' }], name)
      } else {
        t.match(status, { code: NOT_TRUSTED, stdout: '', stderr: refusal }, `a host that ${does}`)
        if (TUNNELS.includes(name)) t.match(await cli('connect'), { code: NOT_TRUSTED, stdout: '', stderr: refusal })
        t.match(verdict, isInDocument === true ? { code: NOT_TRUSTED, stderr: refusal } : { code: 0 }, name)
      }
      const expected = serve === BEHAVIOURS.honest.serve ? { status: 'success' } : { code: 'ENCLAVE_NOT_VERIFIED' }
      t.match(await ask(), expected, `the tunnel of before, and a host that ${does}`)
    }

    const { recording } = host
    t.equal(recording.understood().length, 0, 'the host has understood nothing')
    t.ok(recording.bytes().length > 10_000)
    t.same(findLeaks(recording.bytes(), [
      keyCanary('API key', Buffer.from(apiKey, 'hex')), keyCanary('gas key', gasKey), textCanary('RPC URL', path),
      keyCanary('enclave key', enclave.secret),
    ]), [])
  })

  await t.test('what a host has recorded changes nothing in the enclave', async t => {
    host.behave(BEHAVIOURS.honest)
    t.match(await cli('start'), { code: 0 })
    t.match(await cli('stop'), { code: 0 })
    const audits = () => enclave.service.output.filter(line => line.includes('"audit"')).length
    const before = audits()
    const { connections, answers } = await replayTo(enclave.place, host.recording)
    t.ok(connections >= 4)
    t.notOk(answers.includes('HTTP/1.1'))
    t.equal(audits(), before)
  })

  await t.test('a client that checks nothing tells such a host everything', async t => {
    const key = randomBytes(32).toString('hex')
    const secureUrl = url.replace('http:', 'https:')
    for (const [behaviour, ...options] of [
      [BEHAVIOURS.ownEndorsement, '-k', secureUrl], [BEHAVIOURS.plain, url]
    ] as Array<[Behaviour, ...string[]]>) {
      host.behave(behaviour)
      const before = host.recording.understood().length
      const target = `${options.pop()}${STATUS}`
      const { stdout } = await run('curl', ['-s', ...options, '-H', `api-key: ${key}`, target])
      t.match(JSON.parse(stdout), { code: 'API_KEY_INVALID' })
      t.ok(host.recording.understood().subarray(before).includes(key), behaviour.does)
    }
  })
})
