import type { ErrorCode } from '../../src/errors.js'

/** Failures on the client's side of the wire. */
export const CLIENT_ERRORS = {
  UNREACHABLE: 'No connection to the service, or it broke off.',
  TIMEOUT: 'No answer within timeoutMs. A change that was asked for may have happened.',
  ANSWER_INVALID: "The answer is not the service's: a proxy in between may have made it, or the URL is wrong.",
  ANSWER_NOT_VERIFIED:
    "An encrypted request was not answered by the enclave: its signature is missing or another key's.",
  ENCLAVE_NOT_VERIFIED:
    'The machine that answers has not shown that it is the enclave which the policy wants. Nothing was sent to it.',
  ENCLAVE_KEY_REQUIRED: "A secret would travel, and the enclave's public key to encrypt it to is not known.",
} as const

export type ClientErrorCode = keyof typeof CLIENT_ERRORS

/** Every failure of a call. `code` is one of the service's (see docs/troubleshooting.md) or of CLIENT_ERRORS. */
export class GeneratorClientError extends Error {
  readonly code: ErrorCode | ClientErrorCode
  /** The HTTP status of the service's answer, or null without an answer. */
  readonly statusCode: number | null
  /** The service's details of the error, such as the list of checks, or null. */
  readonly data: unknown

  constructor (code: ErrorCode | ClientErrorCode, message: string, { statusCode = null, data = null, cause }: {
    statusCode?: number | null, data?: unknown, cause?: unknown
  } = {}) {
    super(message, { cause })
    this.name = 'GeneratorClientError'
    this.code = code
    this.statusCode = statusCode
    this.data = data
  }
}
