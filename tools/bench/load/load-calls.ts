import { once } from 'node:events'
import { request, type Dispatcher } from 'undici'
import { sealRequest } from '../../../operator/client/encryption/secure-channel.js'
import { numberedAddress } from '../setup.js'

export interface Call {
  name: string
  /** The share of this call among 100 calls. */
  share: number
  /** Every documented answer. */
  statuses: number[]
  send: (number: number) => Promise<number>
}

/**
 * The mixed load: the calls of monitoring, scripts and strangers, beside a cycle of starts and stops. Each call returns
 * the status of its answer. `enclaveKey` has 65 bytes.
 */
export function createCalls ({
  url, apiKey, enclaveKey, dispatcher
}: {
  url: string, apiKey: string, enclaveKey: Uint8Array, dispatcher: Dispatcher
}) {
  async function send (method: Dispatcher.HttpMethod, path: string, body?: unknown, key = apiKey): Promise<number> {
    const { statusCode, body: answer } = await request(`${url}${path}`, {
      dispatcher,
      method,
      headers: { 'api-key': key, ...body !== undefined && { 'content-type': 'application/json' } },
      ...body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) },
    })
    await answer.dump()
    return statusCode
  }

  /** Keeps the size of the configuration. */
  async function addAndRemove (number: number): Promise<number> {
    const address = numberedAddress(1000 + number)
    const added = await send('POST', '/api/addNewGenerator', { address, data: 'load', supported_markets: ['1'] })
    return added === 200 ? await send('DELETE', '/api/removeGenerator', { address }) : added
  }

  async function followBriefly (): Promise<number> {
    const { statusCode, body } = await request(`${url}/api/getGeneratorLogs?follow=true`, {
      dispatcher, headers: { 'api-key': apiKey }
    })
    await once(body, 'data')
    body.on('error', () => {}).destroy()
    return statusCode
  }

  const sendSealed = async (method: Dispatcher.HttpMethod, path: string, body: unknown) =>
    await send(method, path, sealRequest(enclaveKey, body).body)
  const mix: Call[] = [
    { name: 'status', share: 43, statuses: [200], send: async () => await send('GET', '/api/getGeneratorStatus') },
    {
      name: 'public keys',
      share: 15,
      statuses: [200],
      send: async () => await send('POST', '/api/fetchGeneratorPublicKeys', { generator_address: numberedAddress(1) }),
    },
    {
      name: 'signature',
      share: 8,
      statuses: [200],
      send: async number => await send('POST', '/api/signAddress', { address: numberedAddress(number) }),
    },
    { name: 'runtime view', share: 6, statuses: [200], send: async () => await send('GET', '/api/getRuntimeConfig') },
    {
      name: 'generator view', share: 5, statuses: [200], send: async () => await send('GET', '/api/getGeneratorConfig')
    },
    { name: 'logs', share: 5, statuses: [200], send: async () => await send('GET', '/api/getGeneratorLogs?lines=100') },
    {
      name: 'runtime update',
      share: 3,
      statuses: [200],
      send: async number => await send('PUT', '/api/updateRuntimeConfig', { start_block: number + 1 }),
    },
    {
      name: 'generator update',
      share: 2,
      statuses: [200],
      send: async number =>
        await send('PUT', '/api/updateGeneratorConfig', { address: numberedAddress(1), data: `load ${number}` }),
    },
    { name: 'add and remove', share: 1, statuses: [200], send: addAndRemove },
    { name: 'followed log', share: 1, statuses: [200, 429], send: followBriefly },
    {
      name: 'wrong field',
      share: 2,
      statuses: [400],
      send: async () => await send('PUT', '/api/updateRuntimeConfig', { start_block: '4' }),
    },
    {
      name: 'broken JSON',
      share: 2,
      statuses: [400],
      send: async () => await send('POST', '/api/signAddress', '{"address":'),
    },
    { name: 'unknown path', share: 1, statuses: [404], send: async () => await send('GET', '/api/nowhere') },
    {
      name: 'wrong key',
      share: 1,
      statuses: [401, 429],
      send: async () => await send('GET', '/api/getGeneratorStatus', undefined, 'wrong'),
    },
    { name: 'metrics', share: 1, statuses: [200], send: async () => await send('GET', '/metrics') },
    { name: 'alive', share: 1, statuses: [200], send: async () => await send('GET', '/health/live') },
    { name: 'ready', share: 1, statuses: [200], send: async () => await send('GET', '/health/ready') },
    {
      name: 'encrypted signature',
      share: 1,
      statuses: [200],
      send: async number => await sendSealed('POST', '/api/signAddress', { address: numberedAddress(number) }),
    },
    {
      name: 'encrypted update',
      share: 1,
      statuses: [200],
      send: async number => await sendSealed('PUT', '/api/updateRuntimeConfigEncrypted', { start_block: number + 1 }),
    },
  ]
  const cycle: Call[] = [
    { name: 'start', share: 0, statuses: [200, 202], send: async () => await send('POST', '/api/startGenerator') },
    { name: 'stop', share: 0, statuses: [200, 202], send: async () => await send('POST', '/api/stopGenerator') },
  ]
  return { mix, cycle }
}
