export { type Answer } from './transport/answer.js'
export { makeApiKey } from './api-key.js'
export { createGeneratorClient, type GeneratorClient, type GeneratorClientOptions } from './client.js'
export type { EncryptableOptions } from './methods.js'
export type { CallOptions } from './transport/http.js'
export { decryptApiKey } from './encryption/decrypt-api-key.js'
export { CLIENT_ERRORS, type ClientErrorCode, GeneratorClientError } from './errors.js'
export { joinSignature } from './encryption/signature.js'
export type {
  ConfigurationSetup, Generator, GeneratorUpdate, RuntimeConfig, RuntimeConfigUpdate
} from '../../schemas/configuration.js'
export { ERRORS, type ErrorCode } from '../../src/errors.js'
