import type { Static } from '@sinclair/typebox'
import type { ConfigurationSetup, Generator, GeneratorRemoval, GeneratorUpdate, RuntimeConfigUpdate } from '../../schemas/configuration.js'
import type { MarketSelection } from '../../schemas/benchmark.js'
import type { LogStream } from '../../schemas/logs.js'
import type { ProgramSelection } from '../../schemas/process.js'
import type { GeneratorSelection } from '../../schemas/public-keys.js'
import type { AddressToSign, AttestationToSign } from '../../schemas/signing.js'
import { digestOf } from './api-key.js'
import {
  ApiKeyAnswer, BenchmarkAnswer, ChangeAnswer, GeneratorConfigAnswer, LogsAnswer, OperationAnswer, PreflightAnswer, PublicKeysAnswer,
  RotationAnswer, RuntimeConfigAnswer, SignatureAnswer, StatusAnswer
} from './answers.js'
import { createCalls } from './transport/calls.js'
import { createEnclaveKeySource, type TRUST_ON_FIRST_USE } from './encryption/enclave-key-source.js'
import { readEventStream } from './transport/event-stream.js'
import { type CallOptions, createHttpExchange, defaultFetch } from './transport/http.js'
import type { Fetch } from './transport/node-fetch.js'

export interface GeneratorClientOptions {
  /** Where the service is, like http://127.0.0.1:5000; may carry the API key as its password. */
  url: string
  /** From generateApiKey, the only call that needs none. */
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

export interface EncryptableOptions extends CallOptions {
  /** Whether the body travels encrypted, and the answer. Without encryption the enclave's host can read both. */
  encrypted?: boolean | undefined
}

/** Fields that are secret: a key, and URLs in which providers put theirs. */
const SECRET_FIELDS = ['private_key', 'ws_url', 'http_url'] as const

/**
 * A client of the management API, with a method per endpoint; docs/api.md has the endpoints. Every method rejects with a
 * GeneratorClientError. Throws a TypeError for a url or enclavePublicKey that is none.
 */
export function createGeneratorClient (options: GeneratorClientOptions) {
  const { url, apiKey, enclavePublicKey, fetch = defaultFetch, timeoutMs = 15_000 } = options
  const http = createHttpExchange({ url, apiKey, fetch, timeoutMs })
  const keySource = createEnclaveKeySource({
    enclavePublicKey,
    signPlainly: async (address, { signal, timeoutMs }) => (await signAddress({ address }, { signal, timeoutMs })).data,
  })
  const { callPlain, callEncrypted } = createCalls({ http, enclaveKey: keySource.point })

  async function signAddress (body: Static<typeof AddressToSign>, { encrypted = false, ...options }: EncryptableOptions = {}) {
    const call = encrypted ? callEncrypted : callPlain
    return await call(SignatureAnswer, { method: 'POST', path: 'signAddress', body, ...options })
  }

  async function signAttestation (body: Static<typeof AttestationToSign>, { encrypted = false, ...options }: EncryptableOptions = {}) {
    const call = encrypted ? callEncrypted : callPlain
    return await call(SignatureAnswer, { method: 'POST', path: 'signAttestation', body, ...options })
  }

  /** Encrypted unless `encrypted: false`. */
  async function generatorConfigSetup (body: ConfigurationSetup, { encrypted = true, ...options }: EncryptableOptions = {}) {
    const call = encrypted ? callEncrypted : callPlain
    return await call(ChangeAnswer, { method: 'POST', path: 'generatorConfigSetup', body, ...options })
  }

  /** Encrypted where the update has a private key or an RPC URL, unless `encrypted: false`. */
  async function updateRuntimeConfig (body: RuntimeConfigUpdate, { encrypted = hasSecret(body), ...options }: EncryptableOptions = {}) {
    const call = encrypted ? callEncrypted : callPlain
    return await call(ChangeAnswer, { method: 'PUT', path: 'updateRuntimeConfig', body, ...options })
  }

  async function updateGeneratorConfig (body: GeneratorUpdate, { encrypted = false, ...options }: EncryptableOptions = {}) {
    const call = encrypted ? callEncrypted : callPlain
    return await call(ChangeAnswer, { method: 'PUT', path: 'updateGeneratorConfig', body, ...options })
  }

  /**
   * Puts a key of makeApiKey in the place of this client's, which is invalid from then on: make a client with the new one. Store
   * it before. Only its digest travels; where the answer is lost, call again with the same one.
   */
  async function rotateApiKey (newKey: string, { encrypted = false, ...options }: EncryptableOptions = {}) {
    const call = encrypted ? callEncrypted : callPlain
    return await call(RotationAnswer, { method: 'POST', path: 'rotateApiKey', body: { api_key_sha256: await digestOf(newKey) }, ...options })
  }

  /**
   * The generator's output line by line as it comes, after the last `lines` of it, until the signal aborts or the loop is left. It
   * ends by itself where the loop is too slow: the last line says so.
   */
  async function * followGeneratorLogs ({ lines, stream }: LogSelection = {}, options: CallOptions = {}): AsyncGenerator<string, void, void> {
    const events = await http.stream({ method: 'GET', path: `getGeneratorLogs${query({ follow: true, stream, lines })}`, ...options })
    try {
      yield * readEventStream(events)
    } catch (error) {
      throw options.signal?.aborted === true ? options.signal.reason : http.unreachable(error)
    }
  }

  return {
    /**
     * Issues the API key, once in the life of a service: keep it, and make a client with it. It travels in the clear, unless the
     * service has an API_KEY_RECIPIENT: decryptApiKey gets it out of the answer's data then.
     */
    generateApiKey: async (options?: CallOptions) => await callPlain(ApiKeyAnswer, { method: 'POST', path: 'generateApiKey', ...options }),
    rotateApiKey,

    getGeneratorStatus: async (options?: CallOptions) => await callPlain(StatusAnswer, { method: 'GET', path: 'getGeneratorStatus', ...options }),
    /** `statusCode` 202: still under way. The same holds for restart and stop. */
    startGenerator: async (options?: CallOptions) => await callPlain(OperationAnswer, { method: 'POST', path: 'startGenerator', ...options }),
    restartGenerator: async (options?: CallOptions) => await callPlain(OperationAnswer, { method: 'POST', path: 'restartGenerator', ...options }),
    stopGenerator: async (options?: CallOptions) => await callPlain(OperationAnswer, { method: 'POST', path: 'stopGenerator', ...options }),

    generatorConfigSetup,
    updateRuntimeConfig,
    updateGeneratorConfig,
    addNewGenerator: async (body: Generator, options?: CallOptions) =>
      await callPlain(ChangeAnswer, { method: 'POST', path: 'addNewGenerator', body, ...options }),
    removeGenerator: async (body: GeneratorRemoval, options?: CallOptions) =>
      await callPlain(ChangeAnswer, { method: 'DELETE', path: 'removeGenerator', body, ...options }),
    getGeneratorConfig: async (options?: CallOptions) =>
      await callPlain(GeneratorConfigAnswer, { method: 'GET', path: 'getGeneratorConfig', ...options }),
    getRuntimeConfig: async (options?: CallOptions) => await callPlain(RuntimeConfigAnswer, { method: 'GET', path: 'getRuntimeConfig', ...options }),

    fetchGeneratorPublicKeys: async (body: Static<typeof GeneratorSelection>, options?: CallOptions) =>
      await callPlain(PublicKeysAnswer, { method: 'POST', path: 'fetchGeneratorPublicKeys', body, ...options }),
    signAddress,
    signAttestation,
    /** The key that encrypted calls use: the one given, or the one trusted on first use; 33 bytes, 0x hex. */
    enclavePublicKey: keySource.compressed,

    getProgramStatus: async (program: Static<typeof ProgramSelection>, options?: CallOptions) =>
      await callPlain(StatusAnswer, { method: 'GET', path: `getProgramStatus${query(program)}`, ...options }),
    startProgram: async (body: Static<typeof ProgramSelection>, options?: CallOptions) =>
      await callPlain(OperationAnswer, { method: 'POST', path: 'startProgram', body, ...options }),
    restartProgram: async (body: Static<typeof ProgramSelection>, options?: CallOptions) =>
      await callPlain(OperationAnswer, { method: 'POST', path: 'restartProgram', body, ...options }),
    stopProgram: async (body: Static<typeof ProgramSelection>, options?: CallOptions) =>
      await callPlain(OperationAnswer, { method: 'POST', path: 'stopProgram', body, ...options }),

    preflight: async (options?: CallOptions) => await callPlain(PreflightAnswer, { method: 'GET', path: 'preflight', ...options }),
    benchmark: async (market: Static<typeof MarketSelection> = {}, options?: CallOptions) =>
      await callPlain(BenchmarkAnswer, { method: 'GET', path: `benchmark${query(market)}`, ...options }),
    getGeneratorLogs: async (selection: LogSelection = {}, options?: CallOptions) =>
      await callPlain(LogsAnswer, { method: 'GET', path: `getGeneratorLogs${query({ ...selection })}`, ...options }),
    followGeneratorLogs,
  }
}

export type GeneratorClient = ReturnType<typeof createGeneratorClient>

function hasSecret (update: RuntimeConfigUpdate): boolean {
  return SECRET_FIELDS.some(field => update[field] !== undefined)
}

function query (fields: Record<string, string | number | boolean | undefined>): string {
  const given = Object.entries(fields).flatMap(([name, value]): [string, string][] => value === undefined ? [] : [[name, String(value)]])
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}
