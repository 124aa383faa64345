import type { FastifyContextConfig } from 'fastify'
import { BODY_LIMIT } from '../src/http/options.js'

/** Bytes of a decimal JSON number and its comma at most, per byte of the plain body. */
const BYTES_PER_ENCRYPTED_BYTE = 4

interface EncryptableRoute {
  url: string
  bodyLimit: number
  config: FastifyContextConfig
}

/**
 * The two URLs of a route that takes encrypted bodies: its own, which tells them by their form (the SDK posts them there),
 * and the successor's `…Encrypted`. Both leave an audit line.
 */
export function encryptable (url: string, { plainBodyLimit = BODY_LIMIT } = {}): EncryptableRoute[] {
  const bodyLimit = plainBodyLimit * BYTES_PER_ENCRYPTED_BYTE
  return [
    { url, bodyLimit, config: { audited: true, plainBodyLimit, encryptedBody: 'accepted' } },
    { url: `${url}Encrypted`, bodyLimit, config: { audited: true, plainBodyLimit, encryptedBody: 'required' } },
  ]
}
