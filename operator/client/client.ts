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
  /** The service's URL, such as http://127.0.0.1:5000. Its password may be the API key. */
  url: string
  /**
   * The answer of generateApiKey, the only call that needs no key. If the service has an API_KEY_RECIPIENT,
   * decryptApiKey opens that answer.
   */
  apiKey?: string | undefined
  /**
   * The enclave's secp256k1 public key: hex of 33, 64 or 65 bytes. It encrypts bodies and verifies answers. Take it
   * from the enclave's verified attestation. Only that tells the enclave from a host in between.
   * 'trust-on-first-use' takes the key of the first answer. It keeps out listeners, but not a host that answers itself.
   * Encrypted calls fail if it is missing and there is no channel.
   */
  enclavePublicKey?: string | typeof TRUST_ON_FIRST_USE | undefined
  /**
   * Made by createChannel of generator-client/channel. All calls then travel in TLS that ends inside the verified
   * enclave, and its key is known.
   */
  channel?: Channel | undefined
  /**
   * The transport of a client without a channel. Node uses the client's own one by default, because it reaches every
   * port. Other platforms use the global fetch.
   */
  fetch?: Fetch | undefined
  /** The time limit of a call. The default of 15,000 ms is longer than the service takes to answer a start. */
  timeoutMs?: number | undefined
}

/** The part of a channel that the client needs. */
export interface Channel {
  fetch: Fetch
  /** Returns the 65-byte point of the enclave's key. */
  signingKey: () => Promise<Uint8Array>
}

/** Selects the generator's last lines. The default is 100 lines of stdout. */
export interface LogSelection {
  lines?: number | undefined
  stream?: LogStream | undefined
}

/** Names the secret fields: a key, and URLs that hold a provider's key. */
const SECRET_FIELDS = ['private_key', 'ws_url', 'http_url'] as const

/** The client's own key took the place of the old one. */
const RotationAnswer = Success(Type.Null())
const { response: { 200: LogsAnswer } } = operations.getGeneratorLogs.schema

/**
 * Creates a client of the management API, with a method per endpoint. docs/api.md has the endpoints. Every method
 * rejects with a GeneratorClientError. Throws a TypeError for an invalid url or enclavePublicKey.
 */
export function createGeneratorClient (options: GeneratorClientOptions) {
  const { url, apiKey, enclavePublicKey, channel, fetch = defaultFetch, timeoutMs = 15_000 } = options
  const http = createHttpExchange({ url, apiKey, fetch: channel?.fetch ?? fetch, timeoutMs })
  const keySource = createEnclaveKeySource({
    enclavePublicKey,
    attestedKey: channel?.signingKey,
    signPlainly: async (address, { signal, timeoutMs }) =>
      (await methods.signAddress({ address }, { signal, timeoutMs })).data,
  })
  const calls = createCalls({ http, enclaveKey: keySource.point })
  const methods = createMethods(calls)

  return {
    ...methods,

    /**
     * Replaces this client's key by one of makeApiKey. The old key is invalid from then on: make a client with the new
     * one. Store the new key first. Only its digest travels. If the answer is lost, call again with the same key.
     */
    rotateApiKey: async (newKey: string, { encrypted = false, ...options }: EncryptableOptions = {}) => {
      const call = encrypted ? calls.callEncrypted : calls.callPlain
      return await call(RotationAnswer, {
        method: 'POST', path: 'rotateApiKey', body: { api_key_sha256: await digestOf(newKey) }, ...options
      })
    },

    /** Encrypted unless `encrypted: false`. */
    generatorConfigSetup: async (body: ConfigurationSetup, { encrypted = true, ...options }: EncryptableOptions = {}) =>
      await methods.generatorConfigSetup(body, { encrypted, ...options }),
    /** Encrypted where the update has a private key or an RPC URL, unless `encrypted: false`. */
    updateRuntimeConfig: async (
      body: RuntimeConfigUpdate,
      { encrypted = hasSecret(body), ...options }: EncryptableOptions = {}
    ) => await methods.updateRuntimeConfig(body, { encrypted, ...options }),

    getGeneratorLogs: async (selection: LogSelection = {}, options?: CallOptions) =>
      await calls.callPlain(LogsAnswer, {
        method: 'GET', path: `getGeneratorLogs${queryOf({ ...selection })}`, ...options
      }),
    /**
     * Follows the generator's output line by line, after its last `lines`. It goes on until the signal aborts or the
     * loop is left. If the loop is too slow, the stream ends by itself, and its last line says so.
     */
    async * followGeneratorLogs (
      { lines, stream }: LogSelection = {},
      options: CallOptions = {}
    ): AsyncGenerator<string, void, void> {
      const events = await http.stream({
        method: 'GET', path: `getGeneratorLogs${queryOf({ follow: true, stream, lines })}`, ...options
      })
      try {
        yield * readEventStream(events)
      } catch (error) {
        throw options.signal?.aborted === true ? options.signal.reason : http.unreachable(error)
      }
    },

    /**
     * Returns the key of encrypted calls: the given one, or the one trusted on first use. The format is 33 bytes, 0x
     * hex.
     */
    enclavePublicKey: keySource.compressed,
  }
}

export type GeneratorClient = ReturnType<typeof createGeneratorClient>

function hasSecret (update: RuntimeConfigUpdate): boolean {
  return SECRET_FIELDS.some(field => update[field] !== undefined)
}
