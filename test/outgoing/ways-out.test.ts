import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { fetchAttestation } from '../../operator/attestation/index.js'
import { createGeneratorClient } from '../../operator/client/index.js'
import { createPreflight } from '../../src/chain/preflight.js'
import { runBenchmark } from '../../src/generator/benchmark.js'
import { createXmlRpcSupervisor } from '../../src/supervisor/xml-rpc/driver.js'
import { VERSION } from '../../src/version.js'
import { ENCLAVE_PUBLIC_KEY, runtimeConfig } from '../chain/configuration.js'
import { silent } from '../supervisor/recorded/replay.js'
import { shortFolder } from '../fixtures/short-folder.js'

/** Keeps the headers of every request, and answers each with 503. */
async function listen (
  t: Test,
  place: { port: number, host: string } | { path: string }
): Promise<{ port: number, headers: IncomingHttpHeaders[] }> {
  const headers: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    headers.push(request.headers)
    request.resume()
    response.writeHead(503).end()
  })
  server.listen(place)
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return { port: (server.address() as AddressInfo).port, headers }
}

async function askSupervisor (t: Test, url: string): Promise<void> {
  const supervisor = createXmlRpcSupervisor({ url, operationTimeoutMs: 20_000, log: silent })
  t.teardown(() => supervisor.close())
  await supervisor.status('x').catch(() => {})
}

t.test('every request tells who asks, and for what', async t => {
  const { port, headers } = await listen(t, { port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${port}`
  const path = join(await shortFolder(t), 'the.sock')
  const overSocket = await listen(t, { path })
  const ways: Array<[accept: string, ask: () => Promise<unknown>]> = [
    ['application/json', async () => await createPreflight({
      network: 'any', timeoutMs: 20_000, skipVerification: false, enclavePublicKey: () => ENCLAVE_PUBLIC_KEY,
    }).checkRuntime(runtimeConfig(url))],
    ['application/json', async () => await runBenchmark({ port: String(port), timeoutMs: 20_000 }).catch(() => {})],
    ['application/json', async () => await createGeneratorClient({ url }).getGeneratorStatus().catch(() => {})],
    ['*/*', async () => await fetchAttestation(url).catch(() => {})],
    ['text/xml', async () => await askSupervisor(t, url)],
    ['text/xml', async () => await askSupervisor(t, `unix://${path}`)],
  ]
  for (const [accept, ask] of ways) {
    await ask()
    const asked = [...headers.splice(0), ...overSocket.headers.splice(0)]
    t.ok(asked.length > 0)
    for (const found of asked) t.match(found, { accept, 'user-agent': `generator-client/${VERSION}` })
  }
})

/** Finds the code that opens connections. Types and servers do not count. */
const OTHER_WAYS_OUT =
  /\bfetch\(|import (?!type ).*'(node:)?(https?|http2|tls)'|\b(https?|net|tls)\.(get|request|connect|createConnection)\(|from 'undici'|import\('(undici|node:https?)'\)/

t.test('no other module of the service opens connections', async t => {
  const found: string[] = []
  for (const folder of ['src', 'plugins', 'routes', 'operator']) {
    for (const name of await readdir(folder, { recursive: true })) {
      if (!name.endsWith('.ts')) continue
      const lines = (await readFile(join(folder, name), 'utf8')).split('\n')
      found.push(...lines.filter(line => OTHER_WAYS_OUT.test(line)).map(line => `${folder}/${name}: ${line.trim()}`))
    }
  }
  t.strictSame(found.sort(), [
    "operator/channel/tls.ts: import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'",
    'operator/client/transport/http.ts: const response = await fetch(new URL(path, base), {',
    'operator/client/transport/http.ts: if (globalThis.process?.versions?.node === undefined) return await fetch(url, request)',
    "src/outgoing/get-once.ts: const { get } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')",
    "src/outgoing/http-client.ts: const { default: { Agent } } = await import('undici')",
    "src/outgoing/http-client.ts: import type { Agent } from 'undici'",
  ])
})
