/**
 * Maps every error code of the API to its HTTP status and meaning. The codes are part of the contract. `npm run docs`
 * makes the table of docs/troubleshooting.md from this catalogue.
 */
export const ERRORS = {
  API_KEY_MISSING: { statusCode: 401, meaning: 'The request carries no API key.' },
  API_KEY_INVALID: { statusCode: 401, meaning: 'No credential of the request is the API key.' },
  API_KEY_NOT_GENERATED: { statusCode: 401, meaning: 'No API key exists yet.' },
  TOO_MANY_FAILED_ATTEMPTS: { statusCode: 429, meaning: 'Too many requests came without the API key; the right key is never refused.' },
  API_KEY_ALREADY_GENERATED: { statusCode: 409, meaning: 'The API key was issued before; it is issued once.' },
  CHANNEL_NOT_ATTESTED: { statusCode: 403, meaning: 'The request came over plain HTTP, which the host can read, and CHANNEL is `attested`.' },
  API_KEY_UNREADABLE: { statusCode: 503, meaning: 'The API key file is damaged or unreadable; nobody gets in.' },

  INVALID_REQUEST: { statusCode: 400, meaning: 'A field is missing, unknown or of the wrong form.' },
  INVALID_JSON: { statusCode: 400, meaning: 'The body is not JSON, has a key twice, or a forbidden one.' },
  BODY_TOO_LARGE: { statusCode: 413, meaning: 'The body is larger than the endpoint allows.' },
  UNSUPPORTED_MEDIA_TYPE: { statusCode: 415, meaning: 'The body is not application/json, or is compressed.' },
  HTTP_MALFORMED: { statusCode: 400, meaning: 'The request is not valid HTTP, or its URL cannot be decoded.' },
  HEADERS_TOO_LARGE: { statusCode: 431, meaning: 'The request line and headers are larger than 16 KiB.' },
  REQUEST_TIMEOUT: { statusCode: 408, meaning: 'The request did not arrive completely in time.' },
  EXPECTATION_FAILED: { statusCode: 417, meaning: 'The header expect asks for something other than 100-continue.' },
  ROUTE_NOT_FOUND: { statusCode: 404, meaning: 'No such endpoint.' },
  METHOD_NOT_ALLOWED: { statusCode: 405, meaning: 'The endpoint exists with another method.' },

  ENCRYPTED_BODY_INVALID: { statusCode: 400, meaning: "An encrypted body is malformed, altered, or not for this enclave's key." },
  REPLAYED: { statusCode: 409, meaning: 'The same encrypted body has come before, and is not carried out again.' },
  ENCRYPTION_REQUIRED: { statusCode: 403, meaning: 'A private key must come in an encrypted body or in TLS (REQUIRE_ENCRYPTION).' },

  CONFIG_NOT_FOUND: { statusCode: 409, meaning: 'No configuration yet: call generatorConfigSetup first.' },
  CONFIG_CORRUPT: { statusCode: 500, meaning: 'A config file on disk is damaged; generatorConfigSetup replaces it.' },
  STORAGE_FAILED: { statusCode: 500, meaning: 'A file could not be written or read: the disk may be full, or too many files open. Nothing has changed.' },
  GENERATOR_NOT_FOUND: { statusCode: 404, meaning: 'No generator has the address.' },
  GENERATOR_EXISTS: { statusCode: 409, meaning: 'A generator has the address already.' },

  PREFLIGHT_FAILED: { statusCode: 400, meaning: 'A check before the start failed; data lists all of them.' },
  RPC_UNAVAILABLE: { statusCode: 502, meaning: 'The RPC endpoint does not answer, answers nonsense, or limits its plan: use a larger plan, or raise OPERATION_TIMEOUT_MS.' },
  CHAIN_MISMATCH: { statusCode: 400, meaning: 'The RPC endpoint serves another chain than chain_id says.' },
  INSUFFICIENT_BALANCE: { statusCode: 400, meaning: 'The runtime key holds less than 0.05 ETH.' },

  MARKET_NOT_FOUND: { statusCode: 404, meaning: 'The runtime config has no such market.' },
  GENERATOR_UNAVAILABLE: { statusCode: 502, meaning: "The generator does not answer on the market's port, or answers nonsense." },
  GENERATOR_TIMEOUT: { statusCode: 504, meaning: 'The generator did not answer in time.' },

  PROGRAM_NOT_FOUND: { statusCode: 404, meaning: 'The supervisor has no program of that name.' },
  PROGRAM_NOT_MANAGED: { statusCode: 403, meaning: 'The program is not in MANAGED_PROGRAMS.' },
  PROGRAM_START_FAILED: { statusCode: 500, meaning: 'The program did not stay up; data has its exit and last log lines.' },
  PROGRAM_STOP_FAILED: { statusCode: 500, meaning: 'The program or one of its processes still runs; data.pids lists the known ones.' },
  PROGRAM_ORPHANED: { statusCode: 409, meaning: 'A process of the program outlived its supervisord; data.pid names it, and a stop ends it.' },
  LOGS_UNAVAILABLE: { statusCode: 404, meaning: 'The supervisor keeps no log of the program.' },
  TOO_MANY_FOLLOWERS: { statusCode: 429, meaning: 'Too many clients follow the log already.' },
  SUPERVISOR_UNAVAILABLE: { statusCode: 503, meaning: 'The supervisor cannot be reached.' },
  SUPERVISOR_TIMEOUT: { statusCode: 504, meaning: 'The supervisor did not answer in time.' },

  NOT_READY: { statusCode: 503, meaning: 'Something that the service needs is missing; data.missing lists it, with what to do.' },
  SERVICE_STOPPING: { statusCode: 503, meaning: 'The service is shutting down.' },
  INTERNAL_ERROR: { statusCode: 500, meaning: 'A fault of the service itself; its log has the details.' },
} as const

export type ErrorCode = keyof typeof ERRORS

/** An error that the API answers. `message` says what is wrong and what to do, and `data` adds facts. */
export class CodedError extends Error {
  readonly code: ErrorCode
  /** Facts for the caller, such as a program's last log lines. No log prints them. */
  declare readonly data: unknown

  constructor (code: ErrorCode, message: string, { data = null, cause }: { data?: unknown, cause?: unknown } = {}) {
    super(message, { cause })
    this.name = 'CodedError'
    this.code = code
    Object.defineProperty(this, 'data', { value: data })
  }

  get statusCode (): number {
    return ERRORS[this.code].statusCode
  }

  get envelope () {
    const { statusCode, code, message, data } = this
    return { status: 'error' as const, statusCode, code, message, data }
  }
}

/** The error for a field of the request. `problem` continues a sentence that begins with the field. */
export function invalidField (field: string, problem: string): CodedError {
  return new CodedError('INVALID_REQUEST', `${field}: ${problem}`, { data: { field } })
}
