import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import t from 'tap'
import { setup } from '../fixtures/configuration.js'
import { build, snapshot } from '../helper.js'

const refused = (field: string, problem: string) => (
  { status: 'error', statusCode: 400, code: 'INVALID_REQUEST', message: `${field}: ${problem}`, data: { field } })
const done = { status: 'success', message: 'Runtime config updated', data: null }

/** The addresses of this machine's interfaces, as hosts of URLs. */
const ownHosts = Object.values(networkInterfaces())
  .flat()
  .flatMap(found => (found === undefined ? [] : found.family === 'IPv6' ? [`[${found.address}]`] : [found.address]))

t.test("ports of the service's own are refused, also while CHAIN_CHECKS is off", async t => {
  const service = await build(t, {
    variables: { PORT: '5123', METRICS_PORT: '0', SUPERVISORD_URL: 'http://127.0.0.1:9123' }
  })
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const key = await service.generateApiKey()
  t.ok(key)
  const { port: listening } = service.app.server.address() as AddressInfo
  const metrics = Number(/:(\d+)\/metrics/.exec(JSON.stringify(service.log))?.[1])
  const { app } = service
  const refuse = async (update: object, field: string, problem: string) => {
    const before = await snapshot(service.folder)
    t.same((await service.send('PUT', '/api/updateRuntimeConfig', update)).json(), refused(field, problem))
    const runtime = { ...setup.runtime_config, ...update }
    t.same(
      (await service.send('POST', '/api/generatorConfigSetup', { ...setup, runtime_config: runtime })).json(),
      refused(`runtime_config/${field}`, problem)
    )
    t.same(await snapshot(service.folder), before)
  }
  t.ok(app.ownPorts.has(listening))
  for (const port of [listening, metrics, 5123, 9123, 9001, 1100, 1300, 1301, 1500]) {
    const own = `${port} is one of the service's own ports, name the port of the market's program`
    await refuse({ markets: { 7: { port } } }, 'markets/7/port', own)
    await refuse({ markets: { 7: String(port) } }, 'markets/7', own)
    const lead = `port ${port} of this machine is one of the service's own, name the port of the market's program`
    for (const host of [
      '127.0.0.1', '127.9.9.9', 'localhost', '[::1]', '0.0.0.0', '[::ffff:127.0.0.1]', ...ownHosts
    ]) await refuse({ ivs_url: `http://${host}:${port}/` }, 'ivs_url', lead)
    await refuse({ markets: { 7: { ivs_url: `http://localhost:${port}` } } }, 'markets/7/ivs_url', lead)
    await refuse(
      { markets: { 7: { prover_gateway_url: `http://localhost:${port}` } } }, 'markets/7/prover_gateway_url', lead
    )
  }
})

t.test('private addresses are a matter of CHAIN_CHECKS and RPC_NETWORK', async t => {
  const off = await build(t)
  await off.generateApiKey()
  await off.send('POST', '/api/generatorConfigSetup', setup)
  for (const host of ['10.0.0.1', ...ownHosts]) {
    t.same(
      (await off.send('PUT', '/api/updateRuntimeConfig', { ivs_url: `http://${host}:7000/` })).json(),
      done,
      `${host}, on a port that is not the service's own`
    )
  }

  const strict = await build(t, { folder: t.testdir({ strict: {} }), variables: { CHAIN_CHECKS: 'strict' } })
  await strict.generateApiKey()
  const problem =
    'points to a private address, which RPC_NETWORK=public does not allow: name a public host, or a loopback address'
  for (const host of ['10.0.0.1', '192.168.1.1', '169.254.169.254', '[fc00::1]', '0x0a000001']) {
    for (const [field, update] of [
      ['ivs_url', { ivs_url: `http://${host}/` }],
      ['markets/7/ivs_url', { markets: { 7: { ivs_url: `http://${host}/` } } }],
      ['markets/7/prover_gateway_url', { markets: { 7: { prover_gateway_url: `http://${host}/` } } }],
    ] as const) {
      t.same(
        (await strict.send('PUT', '/api/updateRuntimeConfig', update)).json(), refused(field, problem), host
      )
    }
  }
})
