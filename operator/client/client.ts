import { Type } from '@sinclair/typebox'
import { Success } from '../../schemas/common.js'
import type { ConfigurationSetup, RuntimeConfigUpdate } from '../../schemas/configuration.js'
import type { LogStream } from '../../schemas/logs.js'
import { operations } from '../../schemas/operations.js'
import { digestOf } from './api-key.js'
import { createEnclaveKeySource, type TRUST_ON_FIRST_USE } from './encryption/enclave-key-source.js'
import { createMethods, type EncryptableOptions, queryOf } from './methods.js'
import { createCalls } from './transport/calls.js'
import { readEventStream } from './transport/event-stream.js'
import { type CallOptions, createHttpExchange, defaultFetch } from './transport/http.js'
import type { Fetch } from './transport/node-fetch.js'

export interface GeneratorClientOptions {
  /** Where the service is, like http://127.0.0.1:5000; may carry the API key as its password. */
  url: string
  /** From generateApiKey, the only call that needs none. decryptApiKey opens its answer where the service has an API_KEY_RECIPIENT. */
  apiKey?: string | undefined
  /**
   * The enclave's secp256k1 public key, to encrypt to and to verify answers with: hex of 33, 64 or 65 bytes. Take it from
   * the enclave's verified attestation: it is all that tells the enclave from a host in between. 'trust-on-first-use'
   * takes the key of whoever answers first, which keeps out those who only listen. Without it, encrypted calls fail.
   */
  enclavePublicKey?: string | typeof TRUST_ON_FIRST_USE | undefined
  /** Default: a way of the client's own on Node, which reaches every port; elsewhere the global fetch. */
  fetch?: Fetch | undefined
  /** How long a call may take; default 15,000 ms, more than a start takes to be answered. */
  timeoutMs?: number | undefined
}

/** Which of the generator's last lines; default: 100 of stdout. */
export interface LogSelection {
  lines?: number | undefined
  stream?: LogStream | undefined
}

/** Fields that are secret: a key, and URLs in which providers put theirs. */
const SECRET_FIELDS = ['private_key', 'ws_url', 'http_url'] as const

/** The client's own key took the place of the old one. */
const RotationAnswer = Success(Type.Null())
const { response: { 200: LogsAnswer } } = operations.getGeneratorLogs.schema

/**
 * A client of the management API, with a method per endpoint; docs/api.md has the endpoints. Every method rejects with a
 * GeneratorClientError. Throws a TypeError for a url or enclavePublicKey that is none.
 */
export function createGeneratorClient (options: GeneratorClientOptions) {
  const { url, apiKey, enclavePublicKey, fetch = defaultFetch, timeoutMs = 15_000 } = options
  const http = createHttpExchange({ url, apiKey, fetch, timeoutMs })
  const keySource = createEnclaveKeySource({
    enclavePublicKey,
    signPlainly: async (address, { signal, timeoutMs }) => (await methods.signAddress({ address }, { signal, timeoutMs })).data,
  })
  const calls = createCalls({ http, enclaveKey: keySource.point })
  const methods = createMethods(calls)

  return {
    ...methods,

    /**
     * Puts a key of makeApiKey in the place of this client's, which is invalid from then on: make a client with the new one. Store
     * it before. Only its digest travels; where the answer is lost, call again with the same one.
     */
    rotateApiKey: async (newKey: string, { encrypted = false, ...options }: EncryptableOptions = {}) => {
      const call = encrypted ? calls.callEncrypted : calls.callPlain
      return await call(RotationAnswer, { method: 'POST', path: 'rotateApiKey', body: { api_key_sha256: await digestOf(newKey) }, ...options })
    },

    /** Encrypted unless `encrypted: false`. */
    generatorConfigSetup: async (body: ConfigurationSetup, { encrypted = true, ...options }: EncryptableOptions = {}) =>
      await methods.generatorConfigSetup(body, { encrypted, ...options }),
    /** Encrypted where the update has a private key or an RPC URL, unless `encrypted: false`. */
    updateRuntimeConfig: async (body: RuntimeConfigUpdate, { encrypted = hasSecret(body), ...options }: EncryptableOptions = {}) =>
      await methods.updateRuntimeConfig(body, { encrypted, ...options }),

    getGeneratorLogs: async (selection: LogSelection = {}, options?: CallOptions) =>
      await calls.callPlain(LogsAnswer, { method: 'GET', path: `getGeneratorLogs${queryOf({ ...selection })}`, ...options }),
    /**
     * The generator's output line by line as it comes, after the last `lines` of it, until the signal aborts or the loop is left. It
     * ends by itself where the loop is too slow: the last line says so.
     */
    async * followGeneratorLogs ({ lines, stream }: LogSelection = {}, options: CallOptions = {}): AsyncGenerator<string, void, void> {
      const events = await http.stream({ method: 'GET', path: `getGeneratorLogs${queryOf({ follow: true, stream, lines })}`, ...options })
      try {
        yield * readEventStream(events)
      } catch (error) {
        throw options.signal?.aborted === true ? options.signal.reason : http.unreachable(error)
      }
    },

    /** The key that encrypted calls use: the one given, or the one trusted on first use; 33 bytes, 0x hex. */
    enclavePublicKey: keySource.compressed,
  }
}

export type GeneratorClient = ReturnType<typeof createGeneratorClient>

function hasSecret (update: RuntimeConfigUpdate): boolean {
  return SECRET_FIELDS.some(field => update[field] !== undefined)
}
