import t from 'tap'
import { serve } from '../chain/servers.js'
import { setup } from '../fixtures/configuration.js'
import { build } from '../helper.js'

/** OPERATION_TIMEOUT_MS, and the checks' part of it. */
const TIMES = [[2500, 1500], [1000, 500]] as const

t.test('setup ends within OPERATION_TIMEOUT_MS, whatever one exchange may take', async t => {
  for (const [operationMs, checksMs] of TIMES) {
    let exchanges = 0
    const http_url = await serve(t, (_request, response) => { if (++exchanges === 1) response.writeHead(429).end() })
    const service = await build(t, {
      variables: {
        CHAIN_CHECKS: 'strict', RPC_NETWORK: 'any', RPC_TIMEOUT_MS: '60000', OPERATION_TIMEOUT_MS: String(operationMs)
      },
    })
    await service.generateApiKey()
    // Loads the code of the first use.
    const runtime_config = { ...setup.runtime_config, http_url: 'http://127.0.0.1:1', ws_url: 'ws://127.0.0.1:1' }
    await service.send('POST', '/api/generatorConfigSetup', { ...setup, runtime_config })
    const begun = performance.now()
    const answer = (await service.send('POST', '/api/generatorConfigSetup', {
      ...setup, runtime_config: { ...runtime_config, http_url }
    })).json()
    const milliseconds = performance.now() - begun
    t.match(answer, {
      status: 'error', statusCode: 502, code: 'RPC_UNAVAILABLE', message: /the provider limits this plan$/
    })
    t.ok(milliseconds >= checksMs - 5 && milliseconds < 30_000, `${milliseconds} ms`)
    t.match((await service.send('GET', '/metrics')).body, /^generator_client_rpc_limits_total 1$/m)
  }
})
