import type { ServerResponse } from 'node:http'
import t from 'tap'
import { sendJson, serve, serveRpc } from '../chain/servers.js'
import { setup } from '../fixtures/configuration.js'
import { build, snapshot } from '../helper.js'

/** What hostile endpoints do to the checks, and to memory, is in test/chain; here: what the API answers, and that nothing is written. */
t.test('an RPC endpoint that misbehaves: a stable code in time, and the configuration as it was', async t => {
  const raw = async (respond: (response: ServerResponse) => void) => await serve(t, (_request, response) => respond(response))
  const inner = await raw(response => response.end())
  const endpoints: Record<string, [string, string]> = {
    refused: ['http://127.0.0.1:1', 'RPC_UNAVAILABLE'],
    silent: [await raw(() => { /* never answers */ }), 'RPC_UNAVAILABLE'],
    dripping: [await raw(response => { const timer = setInterval(() => response.write(' '), 20); response.on('close', () => clearInterval(timer)) }), 'RPC_UNAVAILABLE'],
    large: [await raw(response => response.end(Buffer.alloc(2 * 1024 * 1024, ' '))), 'RPC_UNAVAILABLE'],
    HTML: [await raw(response => response.end('<html></html>')), 'RPC_UNAVAILABLE'],
    redirect: [await raw(response => response.writeHead(307, { location: inner }).end()), 'RPC_UNAVAILABLE'],
    failing: [await raw(response => sendJson(response, {}, 502)), 'RPC_UNAVAILABLE'],
    'wrong id': [await serveRpc(t, () => ({ id: 99, result: '0x1' })), 'RPC_UNAVAILABLE'],
    'wrong chain': [await serveRpc(t, () => ({ result: '0x1' })), 'CHAIN_MISMATCH'],
    'no TLS': [inner.replace('http:', 'https:'), 'RPC_UNAVAILABLE'],
  }
  const unchecked = await build(t)
  const key = await unchecked.generateApiKey()
  await unchecked.send('POST', '/api/generatorConfigSetup', setup)
  await unchecked.app.close()
  const { app } = await build(t, { folder: unchecked.folder, variables: { CHAIN_CHECKS: 'strict', RPC_NETWORK: 'any', RPC_TIMEOUT_MS: '500' } })
  const before = await snapshot(unchecked.folder)
  for (const [name, [http_url, code]] of Object.entries(endpoints)) {
    for (const [method, url, payload] of [
      ['POST', 'generatorConfigSetup', { ...setup, runtime_config: { ...setup.runtime_config, http_url } }], ['PUT', 'updateRuntimeConfig', { http_url }],
    ] as const) {
      const began = performance.now()
      const answer = await app.inject({ method, url: `/api/${url}`, headers: { 'api-key': key }, payload })
      t.ok(performance.now() - began < 8_000, 'in time')
      t.match(answer.json(), { status: 'error', code, statusCode: code === 'CHAIN_MISMATCH' ? 400 : 502 }, `${name}: ${url}`)
      t.same(await snapshot(unchecked.folder), before)
    }
  }
})
