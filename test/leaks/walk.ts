import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { once } from 'node:events'
import { MARKET, numberedAddress, numberedGenerator, setup } from '../fixtures/configuration.js'
import type { Finding } from './places.js'

/** Calls of the API, all of whose answers are kept. */
export function createCaller ({ url, findings }: { url: string, findings: Finding[] }) {
  let apiKey = ''

  async function call (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<{ status: number, text: string }> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { 'api-key': apiKey, ...body !== undefined && { 'content-type': 'application/json' }, ...headers },
      ...body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) },
      signal: AbortSignal.timeout(20_000),
    })
    const text = await response.text()
    findings.push({ place: `answer to ${method} ${path.slice(0, 40)}`, data: Buffer.from(`${JSON.stringify([...response.headers])}\n${text}`) })
    return { status: response.status, text }
  }

  /** The one answer that is meant to hold the key is kept without it. */
  async function generateApiKey (): Promise<string> {
    const response = await fetch(`${url}/api/generateApiKey`, { method: 'POST' })
    const { data, ...rest } = await response.json() as { data: string }
    findings.push({ place: 'answer to generateApiKey but for the key', data: Buffer.from(JSON.stringify([[...response.headers], rest])) })
    apiKey = data
    return data
  }

  /** What the API key does in a request that is no HTTP. */
  async function sendMalformed (text: string): Promise<void> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    const chunks: Buffer[] = []
    socket.on('data', chunk => chunks.push(chunk)).write(text)
    await once(socket, 'close')
    findings.push({ place: 'answer to malformed HTTP', data: Buffer.concat(chunks) })
  }

  return { call, generateApiKey, sendMalformed, useKey: (key: string) => { apiKey = key } }
}

export type Caller = ReturnType<typeof createCaller>

export interface Secrets {
  gasKey: string
  apiKey: string
  rpcUrl: string
}

function configured ({ gasKey, rpcUrl }: Secrets) {
  return {
    generator_config: [numberedGenerator(1)],
    runtime_config: {
      ...setup.runtime_config, private_key: gasKey, http_url: rpcUrl, ws_url: rpcUrl.replace('http', 'ws'), markets: { [MARKET]: { port: 1, ivs_url: `http://ivs.example/check?${new URL(rpcUrl).pathname}` } },
    },
  }
}

/** Requests that put secrets where they do not belong, or are refused after the secret was read. */
export async function provoke ({ call, sendMalformed }: Caller, secrets: Secrets): Promise<void> {
  const { gasKey, apiKey, rpcUrl } = secrets
  const { runtime_config: runtime, generator_config: generators } = configured(secrets)
  const put = async (body: unknown) => await call('PUT', '/api/updateRuntimeConfig', body)
  await put(`{"private_key":"${gasKey}"`)
  await put(`{"private_key":"${gasKey}","private_key":"${gasKey}"}`)
  await put({ private_key: `${gasKey}0` })
  await put({ private_key: [gasKey] })
  await put({ start_block: gasKey })
  await put({ chain_id: gasKey, private_key: gasKey })
  await put({ http_url: rpcUrl.replace('//', `//user:${gasKey}@`) })
  await put({ http_url: `ftp://${gasKey}` })
  await put({ payment_token: `0x${gasKey}` })
  await put({ markets: { [MARKET]: { port: gasKey, ivs_url: rpcUrl } } })
  await call('POST', '/api/generatorConfigSetup', { generator_config: generators, runtime_config: { ...runtime, start_block: 0 } })
  await call('POST', '/api/generatorConfigSetup', { generator_config: generators, runtime_config: runtime, private: gasKey })
  await call('POST', '/api/generatorConfigSetup', gasKey, { 'content-type': 'text/plain' })
  await call('POST', '/api/generatorConfigSetupEncrypted', { request: [...Buffer.from(gasKey, 'hex')], response_key: [], signature: [] })
  await call('POST', '/api/signAddress', { address: gasKey })
  await call('POST', '/api/addNewGenerator', { address: numberedAddress(7), data: '', supported_markets: [gasKey] })
  await call('POST', '/api/startProgram', { program_name: 'unknown' })
  await call('GET', `/api/${apiKey}`)
  await call('GET', `/${gasKey}`)
  await call('GET', `/api/getGeneratorStatus?api-key=${apiKey}&key=${gasKey}`)
  await call('GET', '/api/getGeneratorStatus', undefined, { 'api-key': `${apiKey}0` })
  await call('GET', '/api/getGeneratorStatus', undefined, { 'api-key': '', authorization: `Basic ${Buffer.from(`operator:${apiKey}`).toString('base64')}` })
  await sendMalformed(`GET /${apiKey} HTTP/1.1\r\napi-key: ${apiKey}\r\nbad header ${gasKey}\r\n\r\n`)
  await sendMalformed(`POST /api/signAddress HTTP/1.1\r\napi-key: ${apiKey}\r\ncontent-length: x\r\n\r\n${gasKey}`)
}

/** The operator's day: every endpoint answers at least once. */
export async function liveADay ({ call }: Caller, secrets: Secrets): Promise<void> {
  await call('POST', '/api/generateApiKey')
  await call('POST', '/api/generatorConfigSetup', configured(secrets))
  await call('PUT', '/api/updateRuntimeConfig', { private_key: `0x${secrets.gasKey.toUpperCase()}`, start_block: 11 })
  await call('POST', '/api/addNewGenerator', numberedGenerator(2))
  await call('PUT', '/api/updateGeneratorConfig', { address: numberedAddress(2), data: 'changed' })
  await call('DELETE', '/api/removeGenerator', { address: numberedAddress(2) })
  for (const path of ['preflight', 'getGeneratorConfig', 'getRuntimeConfig', 'getGeneratorStatus', 'getGeneratorLogs', 'getGeneratorLogs?stream=stderr', `benchmark?market_id=${MARKET}`]) await call('GET', `/api/${path}`)
  for (const path of ['/health/live', '/health/ready', '/metrics', '/documentation', '/documentation/json']) await call('GET', path)
  await call('POST', '/api/fetchGeneratorPublicKeys', { generator_address: numberedAddress(1) })
  await call('POST', '/api/signAddress', { address: numberedAddress(1) })
  await call('POST', '/api/signAttestation', { address: numberedAddress(1), attestation: `0x${randomBytes(32).toString('hex')}` })
  await call('POST', '/api/startGenerator')
  await call('POST', '/api/restartGenerator')
  await call('GET', '/api/getProgramStatus?program_name=kalypso-generator')
}
