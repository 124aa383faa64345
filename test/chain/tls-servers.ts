import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { listen, readBody, sendJson } from './servers.js'

const run = promisify(execFile)

/** A fresh self-signed certificate for a subject alternative name such as `IP:127.0.0.1`. */
export async function createCertificate (
  t: Test,
  subject: string
): Promise<{ certFile: string, cert: Buffer, key: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'certificate-'))
  t.teardown(async () => await rm(folder, { recursive: true, force: true }))
  const certFile = join(folder, 'cert.pem')
  const keyFile = join(folder, 'key.pem')
  await run('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj',
    '/CN=rehearsal', '-addext', `subjectAltName=${subject}`, '-keyout', keyFile, '-out', certFile,
  ])
  return { certFile, cert: await readFile(certFile), key: await readFile(keyFile) }
}

/** An https endpoint of chain 31337 where every account is rich, and no contract is. */
export async function serveHttps (t: Test, tls: { cert: Buffer, key: Buffer }): Promise<string> {
  const server = https.createServer(tls, async (request, response) => {
    const body = await readBody(request)
    const results: Record<string, string> = {
      eth_chainId: '0x7a69', eth_getBalance: '0xde0b6b3a7640000', eth_call: '0x', eth_getCode: '0x'
    }
    const answerTo = ({ id, method }: { id: unknown, method: string }) => ({
      jsonrpc: '2.0', id, result: results[method]
    })
    sendJson(response, Array.isArray(body) ? body.map(answerTo) : answerTo(body))
  })
  return await listen(t, server, 'https')
}
