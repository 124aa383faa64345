import { get, request } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { runtimeConfig } from '../chain/configuration.js'
import { serveRpc } from '../chain/servers.js'
import { numberedGenerator, PRIVATE_KEY, setup } from '../fixtures/configuration.js'
import { build, type Service } from '../helper.js'
import { VERSION } from '../../src/version.js'
import { until } from '../supervisor/real/processes.js'

/** Samples by name and labels, as they are printed. */
function read (text: string): Record<string, number> {
  return Object.fromEntries(text.split('\n').filter(line => line !== '' && !line.startsWith('#')).map(line => {
    const [, sample = '', value = ''] = /^(.*) (\S+)$/.exec(line) ?? []
    return [sample, Number(value)]
  }))
}

async function scrape ({ send }: Service): Promise<Record<string, number>> {
  const response = await send('GET', '/metrics')
  if (response.statusCode !== 200) throw new Error(response.body)
  return read(response.body)
}

/** Metrics of the listener at METRICS_PORT. */
function metricsUrl ({ log }: Service): string {
  const [
    , url = ''
  ] = log.map(({
    msg
  }) => /^Metrics, without API key: (http:\S+)$/.exec(String(msg))).find(match => match !== null) ?? []
  return url
}

/** A node of chain 31337 where every account has 0.04 ETH. It knows no registries. */
async function startNode (t: Test): Promise<string> {
  const answers: Record<string, object> = {
    eth_chainId: { result: '0x7a69' },
    eth_getBalance: {
      result: `0x${(4n * 10n ** 16n).toString(16)}`
    },
    eth_blockNumber: { result: '0x10f' },
  }
  return await serveRpc(t, ({ method }) => answers[method] ?? { result: '0x' })
}

t.test('a fresh service has no figure of unseen things', async t => {
  const service = await build(t)
  t.match((await service.app.inject({ url: '/metrics' })).json(), { statusCode: 401, code: 'API_KEY_NOT_GENERATED' })
  await service.generateApiKey()
  const response = await service.send('GET', '/metrics')
  t.match(response.headers, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' })
  const samples = read(response.body)
  t.equal(samples[`generator_client_build_info{version="${VERSION}"}`], 1)
  for (const condition of [
    'api_key', 'configuration', 'enclave_key', 'storage', 'supervisor'
  ]) t.equal(samples[`generator_client_ready{condition="${condition}"}`], 1)
  t.equal(samples['generator_client_program_state{program="kalypso-generator",state="STOPPED"}'], 1)
  t.equal(samples['generator_client_program_state{program="kalypso-generator",state="RUNNING"}'], 0)
  t.equal(samples['generator_client_authentication_failures_total{code="API_KEY_NOT_GENERATED"}'], 1)
  t.notMatch(Object.keys(samples).join('\n'), /balance|block_height|last_run|listener|uptime|exit_code/)
  for (const name of [
    'process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds', 'process_cpu_seconds_total'
  ]) t.ok(name in samples, name)
})

t.test('requests by route, method, status and code; never the URL', async t => {
  const service = await build(t)
  await service.generateApiKey()
  await service.app.inject({ url: '/api/getGeneratorStatus?secret=hidden' })
  await service.app.inject({ url: '/api/getGeneratorStatus', headers: { 'api-key': 'hidden' } })
  await service.send('GET', '/api/getGeneratorStatus')
  await service.send('GET', '/api/getGeneratorConfig')
  await service.send('GET', '/hidden')
  await service.send('GET', '/api/hidden')
  const { body } = await service.send('GET', '/metrics')
  t.notMatch(body, 'hidden')
  const samples = read(body)
  for (const [labels, count] of [
    ['route="/api/generateApiKey",method="POST",status="200",code=""', 1],
    ['route="/api/getGeneratorStatus",method="GET",status="401",code="API_KEY_MISSING"', 1],
    ['route="/api/getGeneratorStatus",method="GET",status="401",code="API_KEY_INVALID"', 1],
    ['route="/api/getGeneratorStatus",method="GET",status="200",code=""', 1],
    ['route="/api/getGeneratorConfig",method="GET",status="409",code="CONFIG_NOT_FOUND"', 1],
    ['route="unmatched",method="GET",status="404",code="ROUTE_NOT_FOUND"', 2],
  ] as const) t.equal(samples[`generator_client_http_requests_total{${labels}}`], count, labels)
  t.equal(
    samples['generator_client_http_request_duration_seconds_count{route="/api/getGeneratorStatus",method="GET"}'], 3
  )
  t.equal(
    samples['generator_client_supervisor_call_duration_seconds_count{operation="status"}'],
    3,
    'one request, two programs for the scrape'
  )
  t.equal(samples['generator_client_supervisor_call_failures_total{operation="status",code="PROGRAM_NOT_FOUND"}'], 1)
})

t.test('a day of the generator', async t => {
  const service = await build(t)
  await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  await service.send('POST', '/api/addNewGenerator', numberedGenerator(1))
  await service.send('POST', '/api/startGenerator')
  const running = await scrape(service)
  t.equal(running['generator_client_program_state{program="kalypso-generator",state="RUNNING"}'], 1)
  t.ok(running['generator_client_program_uptime_seconds{program="kalypso-generator"}']! >= 1)
  t.equal(running['generator_client_program_restarts{program="kalypso-generator"}'], 0)
  t.ok(
    Math.abs(
      running['generator_client_program_start_time_seconds{program="kalypso-generator"}']! - Date.now() / 1000
    ) < 30
  )
  t.equal(running['generator_client_config_changes_total{operation="setUp",outcome="done"}'], 1)
  t.equal(running['generator_client_config_changes_total{operation="addGenerator",outcome="GENERATOR_EXISTS"}'], 1)
  t.equal(running['generator_client_preflight_checks{check="balance",outcome="skipped"}'], 1)
  t.equal(running['generator_client_supervisor_call_duration_seconds_count{operation="start"}'], 1)
  await service.send('POST', '/api/stopGenerator')
  const stopped = await until('the look at the programs is a new one', async () => {
    const samples = await scrape(service)
    return samples['generator_client_program_state{program="kalypso-generator",state="STOPPED"}'] === 1 ? samples : null
  })
  t.notOk('generator_client_program_uptime_seconds{program="kalypso-generator"}' in stopped)
  t.equal(stopped['generator_client_program_last_exit_code{program="kalypso-generator"}'], 0)
})

t.test('metrics show the checks on the chain for the configuration in force alone', async t => {
  const service = await build(t, { variables: { CHAIN_CHECKS: 'strict', RPC_NETWORK: 'any' } })
  await service.generateApiKey()
  const { params_path: _, ...runtime } = runtimeConfig(await startNode(t))
  const body = { generator_config: [1, 2, 3].map(numberedGenerator), runtime_config: runtime }
  t.equal((await service.send('POST', '/api/generatorConfigSetup', body)).json().code, 'INSUFFICIENT_BALANCE')
  const before = await scrape(service)
  t.notMatch(Object.keys(before).join('\n'), /balance|block_height/)
  t.equal(before['generator_client_config_changes_total{operation="setUp",outcome="INSUFFICIENT_BALANCE"}'], 1)
  t.equal(before['generator_client_rpc_request_duration_seconds_count{outcome="answered"}'], 1)

  await service.app.configuration.change(() => ({
    generators: body.generator_config.map(one => ({
      ...one, ecies_private_key: service.app.enclaveKey.secretHex
    })),
    runtime: runtimeConfig(runtime.http_url),
  }))
  await service.send('GET', '/api/preflight')
  const after = await scrape(service)
  t.equal(after['generator_client_runtime_key_balance_ether'], 0.04)
  t.equal(after['generator_client_chain_block_height'], 0x10f)
  t.equal(after['generator_client_preflight_checks{check="chain_id",outcome="pass"}'], 1)
  t.equal(after['generator_client_preflight_checks{check="balance",outcome="fail"}'], 1)
  t.equal(
    after['generator_client_preflight_checks{check="registration",outcome="skipped"}'],
    3,
    'one series for all generators'
  )
  t.ok(Math.abs(after['generator_client_preflight_last_run_timestamp_seconds']! - Date.now() / 1000) < 30)
})

t.test('a stream counts as a request, its length does not', async t => {
  const service = await build(t)
  const key = await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  await service.app.listen({ port: 0 })
  const follower = get({
    port: (service.app.server.address() as AddressInfo).port,
    path: '/api/getGeneratorLogs?follow=true',
    headers: { 'api-key': key },
  })
  follower.on('error', () => {})
  const [stream] = await once(follower, 'response')
  t.equal(stream.statusCode, 200)
  await once(stream, 'data')
  follower.destroy()
  const route = 'route="/api/getGeneratorLogs",method="GET"'
  const samples = await until('the stream is counted', async () => {
    const samples = await scrape(service)
    return `generator_client_http_requests_total{${route},status="200",code=""}` in samples ? samples : null
  })
  t.equal(samples[`generator_client_http_request_duration_seconds_count{${route}}`], undefined)
})

t.test('a client that leaves before the answer', async t => {
  const folder = t.testdir({
    'supervisord.conf': '[program:kalypso-generator]\ncommand=/bin/sleep 1000\nautostart=false\nstartsecs=60\n'
  })
  const service = await build(t, { folder, variables: { SUPERVISORD_CONF: join(folder, 'supervisord.conf') } })
  const key = await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  await service.app.listen({ port: 0 })
  const client = request({
    port: (service.app.server.address() as AddressInfo).port,
    method: 'POST',
    path: '/api/startGenerator',
    headers: { 'api-key': key },
  })
  client.on('error', () => {})
  client.end()
  await until(
    'the generator starts', async () => (await service.app.supervisor.status('kalypso-generator')).state === 'STARTING'
  )
  client.destroy()
  const sample = 'generator_client_http_requests_total{route="/api/startGenerator",method="POST",status="499",code=""}'
  t.equal(await until('it is counted', async () => (await scrape(service))[sample]), 1)
})

t.test('METRICS_PORT: a listener with /metrics alone, without a key', async t => {
  const service = await build(t, { variables: { METRICS_PORT: '0' } })
  await service.app.ready()
  const url = metricsUrl(service)
  const answer = await fetch(url)
  t.equal(answer.status, 200)
  t.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  t.match(await answer.text(), 'generator_client_build_info')
  const elsewhere = await fetch(new URL('/api/getGeneratorStatus', url))
  t.equal(elsewhere.status, 404)
  t.match(await elsewhere.json(), { code: 'ROUTE_NOT_FOUND' })
  t.equal(
    (await service.app.inject({ url: '/metrics' })).statusCode, 401, 'on the other port the key is needed as ever'
  )

  const taken = await build(t, {
    folder: t.testdir({ second: {} }) + '/second', variables: { METRICS_PORT: new URL(url).port }
  })
  await t.rejects(async () => await taken.app.ready(), {
    message: /^METRICS_PORT \d+ cannot be listened on \(EADDRINUSE\): name a free one$/
  })
  await service.app.close()
  await t.rejects(fetch(url))
})

t.test('METRICS_PORT: connections beyond 16 are closed, so that they cannot use up the descriptors', async t => {
  const service = await build(t, { variables: { METRICS_PORT: '0' } })
  await service.app.ready()
  const url = metricsUrl(service)
  const sockets = Array.from(
    { length: 40 }, () => connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {})
  )
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  const isOpen = (socket: Socket): boolean => !socket.destroyed && !socket.readableEnded
  for (const socket of sockets) socket.resume()
  await until('the others are closed', () => sockets.filter(isOpen).length <= 16)
  t.equal(sockets.filter(isOpen).length, 16)
  for (const socket of sockets) socket.destroy()
  t.equal(
    await until('a scrape gets through again', async () => await fetch(url).then(({ status }) => status, () => null)),
    200
  )
})

t.test('no secret in what is printed', async t => {
  const service = await build(t)
  const key = await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  await service.app.listen({ port: 0 })
  const odd = request({
    port: (service.app.server.address() as AddressInfo).port,
    method: 'PROPFIND',
    path: `/${key}?${key}`,
    headers: { 'api-key': key },
  }).end()
  const [answer] = await once(odd, 'response')
  answer.resume()
  const { body } = await service.send('GET', '/metrics')
  for (const secret of [
    key, PRIVATE_KEY, service.app.enclaveKey.secretHex, 'rpc.example', service.folder
  ]) t.notMatch(body, secret)
})
