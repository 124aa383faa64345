import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import https from 'node:https'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createPreflight } from '../../src/chain/preflight.js'
import { ENCLAVE_PUBLIC_KEY, runtimeConfig } from './configuration.js'
import type { Measurement } from '../fixtures/measured-check.js'
import { listen, readBody, sendJson } from './servers.js'

const run = promisify(execFile)

/** A fresh self-signed certificate for a subject alternative name such as `IP:127.0.0.1`. */
async function createCertificate (t: Test, subject: string): Promise<{ certFile: string, cert: Buffer, key: Buffer }> {
  const folder = t.testdir()
  const certFile = join(folder, 'cert.pem')
  const keyFile = join(folder, 'key.pem')
  await run('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', '/CN=rehearsal',
    '-addext', `subjectAltName=${subject}`, '-keyout', keyFile, '-out', certFile,
  ])
  return { certFile, cert: await readFile(certFile), key: await readFile(keyFile) }
}

/** An https endpoint of chain 31337 where every account is rich, and no contract is. */
async function serveHttps (t: Test, tls: { cert: Buffer, key: Buffer }): Promise<string> {
  const server = https.createServer(tls, async (request, response) => {
    const body = [await readBody(request)].flat()
    const results: Record<string, string> = { eth_chainId: '0x7a69', eth_getBalance: '0xde0b6b3a7640000', eth_call: '0x' }
    sendJson(response, body.map(({ id, method }) => ({ jsonrpc: '2.0', id, result: results[method] })))
  })
  return await listen(t, server, 'https')
}

/** Checks from a process that trusts the certificate. */
async function checkTrusting (certFile: string, url: string): Promise<Measurement> {
  const program = fileURLToPath(new URL('../fixtures/measured-check.ts', import.meta.url))
  const { stdout } = await run(process.execPath, [...process.execArgv, program, url, '1', '3000'], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: certFile },
  })
  return JSON.parse(stdout) as Measurement
}

t.test('a certificate that nobody vouches for', async t => {
  const url = await serveHttps(t, await createCertificate(t, 'IP:127.0.0.1'))
  const preflight = createPreflight({ network: 'any', timeoutMs: 3000, skipVerification: false, enclavePublicKey: () => ENCLAVE_PUBLIC_KEY })
  const [rpc] = await preflight.checkRuntime(runtimeConfig(url))
  t.match(rpc, { result: 'fail', code: 'RPC_UNAVAILABLE', message: /could not be reached \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/ })
})

t.test('a trusted certificate', async t => {
  const { certFile, ...tls } = await createCertificate(t, 'IP:127.0.0.1')
  const { checks } = await checkTrusting(certFile, await serveHttps(t, tls))
  t.strictSame(checks.slice(0, 3).map(({ result }) => result), ['pass', 'pass', 'pass'])
})

t.test('a trusted certificate of another host', async t => {
  const { certFile, ...tls } = await createCertificate(t, 'DNS:rpc.example.org')
  const { checks } = await checkTrusting(certFile, await serveHttps(t, tls))
  t.match(checks[0]?.message, /could not be reached \(ERR_TLS_CERT_ALTNAME_INVALID\)$/)
})
