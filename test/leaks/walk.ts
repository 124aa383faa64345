import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { createClientChannel } from '../fixtures/client-channel.js'
import { MARKET, numberedAddress, numberedGenerator, setup } from '../fixtures/configuration.js'
import type { Finding } from './places.js'
import { randomBytes } from '../random.js'
import { untilClosed } from '../fixtures/sockets.js'

type Channel = ReturnType<typeof createClientChannel>

/** The service has written its log lines by then. */
const EVENT_MS = 500

/** Everything that the lives of the service have shown. */
export interface Records {
  findings: Finding[]
  /** Methods and paths of the successful answers. */
  answered: Set<string>
  /** Every issued key. The last one is valid. */
  apiKeys: string[]
}

/** Calls the API, and keeps all of its answers. */
export function createCaller ({ url, records: { findings, answered, apiKeys } }: { url: string, records: Records }) {
  async function request (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {}
  ): Promise<Response> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        'api-key': apiKeys.at(-1) ?? '', ...body !== undefined && { 'content-type': 'application/json' }, ...headers
      },
      ...body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) },
      signal: AbortSignal.timeout(20_000),
    })
    if (response.ok) answered.add(`${method} ${path.replace(/\?.*/, '')}`)
    return response
  }

  async function call (
    method: string, path: string, body?: unknown, headers?: Record<string, string>
  ): Promise<string> {
    const response = await request(method, path, body, headers)
    const text = await response.text()
    findings.push({
      place: `answer to ${method} ${path.slice(0, 40)}`,
      data: Buffer.from(`${JSON.stringify([...response.headers])}\n${text}`),
    })
    return text
  }

  /** Sends an encrypted body. Keeps the answer as the client decrypts it, too. */
  async function callEncrypted (channel: Channel, method: string, path: string, body: unknown): Promise<void> {
    const { status, data } = JSON.parse(await call(method, path, channel.seal(body)))
    if (status === 'success') {
      findings.push({
        place: `decrypted answer to ${path}`, data: Buffer.from(JSON.stringify(channel.open(data)))
      })
    }
  }

  /** Two answers are meant to hold a key. They are kept without it. */
  async function takeApiKey (path: '/api/generateApiKey' | '/api/rotateApiKey'): Promise<void> {
    const response = await request('POST', path)
    const { data, ...rest } = await response.json() as { data: string }
    findings.push({
      place: `answer to ${path} but for the key`, data: Buffer.from(JSON.stringify([[...response.headers], rest]))
    })
    apiKeys.push(data)
  }

  /** Returns the log of the time while something is done. */
  async function follow (work: () => Promise<unknown>): Promise<void> {
    const { headers, body } = await request('GET', '/api/getGeneratorLogs?follow=true')
    const events = body!.getReader()
    const first = await events.read()
    await work()
    const { value } = await Promise.race([events.read(), setTimeout(EVENT_MS, first)])
    await events.cancel()
    findings.push({
      place: 'events of the log',
      data: Buffer.concat([Buffer.from(JSON.stringify([...headers])), first.value!, value!]),
    })
  }

  /** Sends the API key in a request that is no HTTP. */
  async function sendMalformed (text: string): Promise<void> {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    const chunks: Buffer[] = []
    socket.on('data', chunk => chunks.push(chunk)).write(text)
    await untilClosed(socket)
    findings.push({ place: 'answer to malformed HTTP', data: Buffer.concat(chunks) })
  }

  return { call, callEncrypted, takeApiKey, follow, sendMalformed, apiKeys }
}

export type Caller = ReturnType<typeof createCaller>

export interface Secrets {
  gasKey: string
  rpcUrl: string
  /** The client's end of the secure channel. */
  channel: Channel
  /** The generator's market. */
  port: number
}

function configured ({ gasKey, rpcUrl, port }: Secrets) {
  return {
    generator_config: [numberedGenerator(1)],
    runtime_config: {
      ...setup.runtime_config,
      private_key: gasKey,
      http_url: rpcUrl,
      ws_url: rpcUrl.replace('http', 'ws'),
      markets: {
        [MARKET]: { port, ivs_url: `http://ivs.example/check?${new URL(rpcUrl).pathname}` }
      },
    },
  }
}

/** Requests that put secrets in wrong places, or are refused after the secret was read. */
export async function provoke ({
  call, callEncrypted, sendMalformed, apiKeys
}: Caller, secrets: Secrets): Promise<void> {
  const { gasKey, rpcUrl, channel } = secrets
  const [retired, apiKey] = apiKeys.slice(-2)
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
  await call('POST', '/api/generatorConfigSetup', {
    generator_config: generators, runtime_config: { ...runtime, start_block: 0 }
  })
  await call('POST', '/api/generatorConfigSetup', {
    generator_config: generators, runtime_config: runtime, private: gasKey
  })
  await call('POST', '/api/generatorConfigSetup', gasKey, { 'content-type': 'text/plain' })
  await call('POST', '/api/generatorConfigSetupEncrypted', {
    request: [...Buffer.from(gasKey, 'hex')], response_key: [], signature: []
  })
  await callEncrypted(channel, 'PUT', '/api/updateRuntimeConfigEncrypted', { private_key: `${gasKey}0` })
  await callEncrypted(channel, 'PUT', '/api/updateRuntimeConfig', { http_url: `ftp://${gasKey}` })
  await callEncrypted(channel, 'POST', '/api/signAddressEncrypted', { address: gasKey })
  await call('POST', '/api/signAddress', { address: gasKey })
  await call('POST', '/api/addNewGenerator', { address: numberedAddress(7), data: '', supported_markets: [gasKey] })
  await call('POST', '/api/startProgram', { program_name: 'unknown' })
  await call('GET', `/api/${apiKey}`)
  await call('GET', `/${gasKey}`)
  await call('GET', `/api/getGeneratorStatus?api-key=${apiKey}&key=${gasKey}`)
  await call('GET', '/api/getGeneratorStatus', undefined, { 'api-key': `${apiKey}0` })
  await call('GET', '/api/getGeneratorStatus', undefined, { 'api-key': retired! })
  await call('GET', '/api/getGeneratorStatus', undefined, {
    'api-key': '', authorization: `Basic ${Buffer.from(`operator:${apiKey}`).toString('base64')}`
  })
  await sendMalformed(`GET /${apiKey} HTTP/1.1\r\napi-key: ${apiKey}\r\nbad header ${gasKey}\r\n\r\n`)
  await sendMalformed(`POST /api/signAddress HTTP/1.1\r\napi-key: ${apiKey}\r\ncontent-length: x\r\n\r\n${gasKey}`)
}

/** The operator's day, without the ends of the generator. */
export async function liveADay ({
  call, callEncrypted, takeApiKey, follow, apiKeys
}: Caller, secrets: Secrets): Promise<void> {
  const { gasKey, channel } = secrets
  const attestation = `0x${randomBytes(32).toString('hex')}`
  await call('POST', '/api/generateApiKey')
  await call('POST', '/api/generatorConfigSetup', configured(secrets))
  await call('PUT', '/api/updateRuntimeConfig', { private_key: `0x${gasKey.toUpperCase()}`, start_block: 11 })
  await call('POST', '/api/addNewGenerator', numberedGenerator(2))
  await call('PUT', '/api/updateGeneratorConfig', { address: numberedAddress(2), data: 'changed' })
  await call('DELETE', '/api/removeGenerator', { address: numberedAddress(2) })
  await callEncrypted(channel, 'POST', '/api/generatorConfigSetupEncrypted', configured(secrets))
  await callEncrypted(channel, 'PUT', '/api/updateRuntimeConfigEncrypted', {
    private_key: gasKey, http_url: secrets.rpcUrl
  })
  await callEncrypted(channel, 'PUT', '/api/updateGeneratorConfigEncrypted', {
    address: numberedAddress(1), data: 'changed'
  })
  await callEncrypted(channel, 'POST', '/api/signAddressEncrypted', { address: numberedAddress(1) })
  await callEncrypted(channel, 'POST', '/api/signAttestationEncrypted', { address: numberedAddress(1), attestation })
  for (const path of [
    '/health/live', '/health/ready', '/metrics', '/documentation', '/documentation/json'
  ]) await call('GET', path)
  await call('POST', '/api/fetchGeneratorPublicKeys', { generator_address: numberedAddress(1) })
  await call('POST', '/api/signAddress', { address: numberedAddress(1) })
  await call('POST', '/api/signAttestation', { address: numberedAddress(1), attestation })
  await follow(async () => await call('POST', '/api/startGenerator'))
  for (const path of [
    'getServiceInfo',
    'preflight',
    'getGeneratorConfig',
    'getRuntimeConfig',
    'getGeneratorStatus',
    'getGeneratorLogs',
    'getGeneratorLogs?stream=stderr',
    `benchmark?market_id=${MARKET}`,
  ]) await call('GET', `/api/${path}`)
  await takeApiKey('/api/rotateApiKey')
  const ownKey = randomBytes(32).toString('hex')
  await callEncrypted(channel, 'POST', '/api/rotateApiKeyEncrypted', {
    api_key_sha256: createHash('sha256').update(ownKey).digest('hex')
  })
  apiKeys.push(ownKey)
  await call('POST', '/api/restartGenerator')
  await call('GET', '/api/getProgramStatus?program_name=kalypso-generator')
}

/** Leaves the generator running. */
export async function stopAndStart ({ call }: Caller): Promise<void> {
  await call('POST', '/api/stopGenerator')
  for (const path of ['startProgram', 'restartProgram', 'stopProgram']) {
    await call(
      'POST', `/api/${path}`, { program_name: 'kalypso-generator' }
    )
  }
  await call('POST', '/api/startGenerator')
}
