import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { createPreflight } from '../../src/chain/preflight.js'
import { ENCLAVE_PUBLIC_KEY, runtimeConfig } from './configuration.js'
import type { Measurement } from '../fixtures/measured-check.js'
import { createCertificate, serveHttps } from './tls-servers.js'

const run = promisify(execFile)

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
  const preflight = createPreflight({
    network: 'any', timeoutMs: 3000, skipVerification: false, enclavePublicKey: () => ENCLAVE_PUBLIC_KEY
  })
  const [rpc] = await preflight.checkRuntime(runtimeConfig(url))
  t.match(rpc, {
    result: 'fail', code: 'RPC_UNAVAILABLE', message: /could not be reached \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/
  })
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

t.comment('2 misbehaviours: a certificate that nobody vouches for, and one of another host')
