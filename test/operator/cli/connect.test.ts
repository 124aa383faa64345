import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { openTunnel } from '../../../operator/channel/index.js'
import { verifyAttestation } from '../../../operator/attestation/index.js'
import { describeEnclave } from '../../../operator/cli/show/enclave.js'
import { COVERAGE } from '../../coverage.js'
import { startHttpServer } from '../../fixtures/http-server.js'
import { startAttestedService } from '../channel/attested-service.js'
import { makeDocument, makeForeignDocument, POLICY } from '../channel/document.js'
import { makeKey } from '../channel/enclave.js'
import { runCli } from './run-cli.js'

const execute = promisify(execFile)
const MAIN = join(import.meta.dirname, '../../../dist/operator/cli/main.js')

/** `connect` as a process of its own, and the first lines that it prints. */
async function spawnConnect (t: Test, { environment, argv = [], count = 1 }: {
  environment: NodeJS.ProcessEnv, argv?: string[], count?: number
}) {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--enable-source-maps', ...COVERAGE, MAIN, 'connect', '--listen', '127.0.0.1:0', ...argv],
    { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] }
  )
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const notes = text(child.stderr!)
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout! })) if (lines.push(line) === count) break
  return { child, exited, notes, lines }
}

t.test('connect: clients without TLS reach the enclave, and a signal ends it', async t => {
  const service = await startAttestedService(t)
  await service.cli('init-key', '--save')
  const { api_key: key, ...profile } = await service.readProfile()
  const { child, exited, notes, lines } = await spawnConnect(t, { ...service, argv: ['--json'] })
  const { message, data: { url, curl, ...data } } = JSON.parse(lines[0]!)
  t.match(message, /^http:\/\/127\.0\.0\.1:\d+ leads into the verified enclave\. The tunnel adds no API key/)
  t.match(data, {
    attested_key: profile.attested_key,
    enclave_public_key: profile.enclave_public_key,
    boot_id: service.service.app.channel.bootId,
  })
  t.equal(
    curl,
    `curl -k --pinnedpubkey sha256//${service.service.app.channel.spkiSha256} -H "api-key: $API_KEY" ${service.url.replace('http', 'https')}/api/getServiceInfo`
  )
  t.match(await (await fetch(`${url}/api/getServiceInfo`, { headers: { 'api-key': key } })).json(), {
    data: { channel: 'tls' }
  })
  t.equal((await fetch(`${url}/api/getServiceInfo`)).status, 401, 'the tunnel adds no key')
  const { stdout } = await execute('sh', ['-c', `${curl} --silent`], { env: { ...process.env, API_KEY: key } })
  t.equal(JSON.parse(stdout).data.channel, 'tls', 'curl alone, with the TLS key pinned')
  const otherKey = curl.replace(/sha256\/\/.{43}=/, `sha256//${Buffer.alloc(32).toString('base64')}`)
  await t.rejects(execute('sh', ['-c', `${otherKey} --silent`]), { code: 90 }, 'curl refuses another key')
  t.match(await runCli(['info', '--url', url, '--api-key', key]), {
    stdout: /^ {2}Channel +TLS, and this command has not verified where it ends$/m
  })
  await service.service.app.close()
  t.match(await (await fetch(url)).json(), { statusCode: 502, code: 'UNREACHABLE' })
  child.kill('SIGTERM')
  t.same(await exited, [0, null])
  t.match(await notes, /^generator-client: Refused connections: 1\. No TLS connection to .* \(UNREACHABLE\)\n$/)
})

t.test('connect for people', async t => {
  const service = await startAttestedService(t)
  const { child, exited, notes, lines: [first, ...facts] } = await spawnConnect(t, { ...service, count: 10 })
  t.match(first, /^http:\/\/127\.0\.0\.1:\d+ leads into the verified enclave/)
  t.match(facts[0], /^ {2}Enclave +i-0123/)
  t.match(facts[3], /^ {2}Compose file +as expected$/)
  t.match(facts[8], /^ {2}With curl alone +curl -k --pinnedpubkey sha256\/\//)
  child.kill('SIGINT')
  t.same(await exited, [0, null])
  t.equal(await notes, '')
})

t.test('the verdict of a classic image says that no compose file is measured', async t => {
  const [attested, bootId] = [makeKey(), Buffer.alloc(16)]
  const { 16: _compose, ...pcrs } = POLICY.pcrs!
  const verdict = verifyAttestation(makeDocument(attested.point), { ...POLICY, pcrs, classic: true })
  const enclave = { verdict, bootId, signingKey: attested.point, notAfter: new Date(0), pin: 'sha256//x' }
  t.match(describeEnclave(enclave, 'http://enclave.example:5000'), /^ {2}Compose file +not measured$/m)
})

t.test('connect does not begin without an expectation, for other addresses, or with another enclave', async t => {
  const { cli, serveDocument, writeProfile, environment } = await startAttestedService(t)
  t.match(await runCli(['connect', '--url', 'http://127.0.0.1:1']), { code: 2, stderr: /verify --save'/ })
  for (const address of ['0.0.0.0:5000', 'enclave.example:5000', '127.0.0.1', '127.0.0.1:65536', '5000', ':::1']) {
    t.match(await cli('connect', '--listen', address), { code: 2, stderr: /takes a loopback address/ }, address)
  }
  const taken = await openTunnel({ channel: { connect: async () => { throw new Error() } }, host: '::1', port: 0 })
  t.teardown(taken.close)
  t.match(await cli('connect', '--listen', new URL(taken.url).host), { code: 1, stderr: /EADDRINUSE/ })
  const silent = await startHttpServer(t, () => {})
  await writeProfile({ attestation_url: silent })
  t.match(await cli('connect', '--timeout', '50'), { code: 8, stderr: /No answer within 50 ms from 127\.0\.0\.1:/ })
  await writeProfile()
  serveDocument(() => makeForeignDocument(makeKey().point))
  t.match(await runCli(['connect', '--json'], { environment }), { code: 9, stdout: /"code":"ENCLAVE_NOT_VERIFIED"/ })
})
