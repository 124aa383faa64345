import { chmodSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { setup } from '../../fixtures/configuration.js'
import { startAttestedService } from '../channel/attested-service.js'
import { makeDocument, makeForeignDocument } from '../channel/document.js'
import { makeKey } from '../channel/enclave.js'
import { runCli } from './run-cli.js'

t.test('a profile with a policy: every command travels in TLS that ends in the verified enclave', async t => {
  const { service, cli, readProfile, folder, url } = await startAttestedService(t)
  const { attestedKey, enclaveKey } = service.app
  t.match(await cli('init-key', '--save'), { code: 0, stdout: /^API key generated, and saved to/, stderr: '' })
  const saved = await readProfile()
  t.match(saved, {
    api_key: /^[0-9a-f]{64}$/,
    attested_key: attestedKey.publicKey.toString('hex'),
    enclave_public_key: enclaveKey.compressedPublicKey,
  })
  const file = join(folder, 'setup.json')
  await writeFile(file, JSON.stringify(setup))
  t.same(await cli('setup', file), { code: 0, stdout: 'Config done\n', stderr: '' }, 'the key is known')
  t.same(await cli('setup', file, '--trust-on-first-use'), { code: 0, stdout: 'Config done\n', stderr: '' })
  t.match(await cli('status'), { code: 0, stderr: '' })
  t.match(await cli('rotate-key'), { code: 0, stderr: '' })
  const { stdout } = await cli('info')
  t.match(stdout, /^ {2}Channel +TLS that ends in the verified enclave$/m)
  t.match(stdout, new RegExp(`^ {2}Attested address +${await attestedKey.getAddress()}$`, 'm'))
  t.match(stdout, ` curl -k --pinnedpubkey sha256//${service.app.channel.spkiSha256} -H "api-key: $API_KEY" https://127.0.0.1:`)
  t.match(stdout, new RegExp(`^ {2}Boot id +${service.app.channel.bootId}$`, 'm'))
  t.match(JSON.parse((await cli('info', '--json')).stdout).data, {
    channel: 'tls', features: Array, curl: /^curl -k --pinnedpubkey /
  })
  const { api_key: key, ...rest } = await readProfile()
  t.same({ ...rest, api_key: saved.api_key }, saved)
  t.match(await runCli(['status', '--url', url, '--api-key', key]), { code: 4, stderr: /\(CHANNEL_NOT_ATTESTED\)/ })
})

t.test('keys of the enclave that have changed are told and saved, once the document has passed', async t => {
  const { service, cli, readProfile, writeProfile } = await startAttestedService(t)
  const now = {
    attested_key: service.app.attestedKey.publicKey.toString('hex'),
    enclave_public_key: service.app.enclaveKey.compressedPublicKey,
  }
  await cli('init-key', '--save')
  const { api_key } = await readProfile()
  const key = { api_key }
  const before = { ...key, attested_key: 'ab'.repeat(64), enclave_public_key: `0x02${'ab'.repeat(32)}` }
  await writeProfile(before)
  t.match(await cli('info', '--json'), {
    code: 0,
    stdout: /^\{"status":"success".*\}\n$/,
    stderr: "generator-client: The enclave has new keys. Its document passes. Register them on chain again: 'generator-client keys' shows them\n",
  })
  t.match(await readProfile(), now)
  t.match(await cli('info'), { code: 0, stderr: '' })
  await writeProfile({ ...key, ...now, attested_key: before.attested_key })
  t.match(await cli('info'), { stderr: /Another enclave has the same keys now\. Its document passes/ })
  t.match(await readProfile(), now)
})

t.test('an enclave that is not verified gets nothing, and the profile stays', async t => {
  const { cli, profile, serveDocument, writeProfile } = await startAttestedService(t)
  await cli('init-key', '--save')
  const before = await readFile(profile, 'utf8')
  serveDocument(() => makeForeignDocument(makeKey().point))
  t.match(await cli('status'), { code: 9, stdout: '', stderr: /PCR0 is ee.* is expected \(ENCLAVE_NOT_VERIFIED\)/ })
  t.match(JSON.parse((await cli('status', '--json')).stdout), {
    status: 'error', code: 'ENCLAVE_NOT_VERIFIED', data: { code: 'ATTESTATION_IMAGE', rule: 'pcr' }
  })
  t.equal(await readFile(profile, 'utf8'), before)
  await writeProfile({ attestation_url: 'http://127.0.0.1:1/' })
  t.match(await cli('status'), { code: 7, stderr: /server at 127\.0\.0\.1:1: ECONNREFUSED \(UNREACHABLE\)/ })
  await writeProfile({ attestation_url: undefined })
  t.match(await cli('status'), { code: 7, stderr: /127\.0\.0\.1:1301/ }, "Oyster's attestation server on the same host")
  await writeProfile({ url: 'nonsense' })
  t.match(await cli('status'), { code: 2, stderr: /Invalid URL/ })
  await writeProfile({ attestation: { pcrs: {} } })
  t.match(await cli('status'), { code: 2, stderr: /attestation is what `enclave verify --save` writes/ })
})

t.test('another spelling of the URL keeps the policy, and another address gets no key in plain HTTP', async t => {
  const { cli, url, attestationUrl, service, environment } = await startAttestedService(t)
  await cli('init-key', '--save')
  const at = async (other: string) => await runCli(['info'], {
    environment: { ...environment, GENERATOR_CLIENT_URL: other, GENERATOR_CLIENT_API_KEY: 'of-the-owner' }
  })
  const spellings = [`${url}/`, `${url}/.`, `${url}/?`, url.replace('http', 'HTTP'), url.replace('127.0.0.1', '127.1')]
  for (const same of spellings) {
    t.match(await at(same), { code: 3, stderr: /API_KEY_INVALID/ }, same)
  }
  const elsewhere = url.replace('127.0.0.1', '0.0.0.0')
  const requests = service.log.length
  t.match(await at(elsewhere), { code: 2, stderr: /has the attestation of another address than http:\/\/0\.0\.0\.0/ })
  t.equal(service.log.length, requests, 'nothing was sent')
  t.match(await at(attestationUrl), { code: 9 }, 'a tunnel on this machine may be another address')
})

t.test('a profile that cannot be saved does not stop the command', async t => {
  const { service, cli, profile, readProfile, writeProfile, serveDocument } = await startAttestedService(t)
  await cli('init-key', '--save')
  const { api_key } = await readProfile()
  await writeProfile({ api_key })
  serveDocument(() => {
    chmodSync(profile, 0o644)
    return makeDocument(service.app.attestedKey.publicKey)
  })
  t.match(await cli('info'), {
    code: 0, stderr: /The keys of the enclave could not be saved to .*profile\.json: .* others can read it/
  })
})

t.test('over plain HTTP to another machine: status says so, and rotate-key wants --plain', async t => {
  const { cli, url, profile, writeProfile, readProfile } = await startAttestedService(t, { CHANNEL: 'open' })
  const elsewhere = url.replace('127.0.0.1', '0.0.0.0')
  await writeFile(profile, JSON.stringify({ url: elsewhere }), { mode: 0o600 })
  await cli('init-key', '--save')
  const note = 'generator-client: Plain HTTP: the host can read and change this call\n'
  t.match(await cli('status'), { code: 0, stderr: note })
  t.match(JSON.parse((await cli('status', '--json')).stdout), { status: 'success' })
  t.match(JSON.parse((await cli('info', '--json')).stdout).data, { channel: 'plain', curl: null })
  t.match((await cli('info')).stdout, /^ {2}Channel +plain HTTP: the host can read and change it$/m)
  const before = await readFile(profile, 'utf8')
  t.match(await cli('rotate-key'), { code: 2, stderr: /The old key would travel over plain HTTP/ })
  t.equal(await readFile(profile, 'utf8'), before)
  t.match(await cli('rotate-key', '--plain'), { code: 0 })
  const { api_key: key } = await readProfile()
  await writeProfile({ url: elsewhere, api_key: key })
  t.match(await cli('rotate-key'), { code: 0, stderr: '' }, 'the channel of a policy')
})
