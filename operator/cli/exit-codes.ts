import { AttestationError } from '../attestation/errors.js'
import { GeneratorClientError } from '../client/errors.js'

/** Results that scripts can tell apart. `npm run docs` makes the table of docs/cli.md from them. */
export const EXIT_CODES = {
  OK: {
    code: 0, meaning: 'The command is done. A `start`, `restart` or `stop` that finds nothing to do counts as done.'
  },
  FAULT: {
    code: 1,
    meaning:
      'The command line itself failed, for example to write a file. `supervisord check` refuses the file. `doctor` found a failure.',
  },
  USAGE: {
    code: 2,
    meaning:
      'The arguments are wrong, a file cannot be read, others can read the profile, there is no enclave key to encrypt to, or the profile does not allow it.',
  },
  AUTHENTICATION: { code: 3, meaning: 'The API key is missing or wrong.' },
  REFUSED: {
    code: 4,
    meaning:
      'The service refuses and says why: a wrong value, a failed check, a conflict, a program that is not managed. `preflight` expects that a start is refused.',
  },
  NOT_FOUND: { code: 5, meaning: 'There is no such generator, market, program or endpoint.' },
  SERVICE_FAULT: { code: 6, meaning: 'The service, its supervisor, the generator or the RPC endpoint failed.' },
  UNREACHABLE: {
    code: 7, meaning: 'The service or the attestation server cannot be reached, or the connection broke.'
  },
  TIMEOUT: { code: 8, meaning: 'No answer came in time, or a start or stop still goes on. Ask `status`.' },
  NOT_TRUSTED: {
    code: 9,
    meaning: 'The attestation or the certificate of the enclave is refused, or the answer is not from the service.'
  },
} as const

export type ExitCode = typeof EXIT_CODES[keyof typeof EXIT_CODES]['code']

/** Wrong use of the command line; `message` says what to do. */
export class UsageError extends Error {
  readonly code = 'USAGE'
}

export function exitCodeOf (error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT_CODES.USAGE.code
  if (error instanceof AttestationError) return exitCodeOfAttestation(error)
  if (!(error instanceof GeneratorClientError)) return EXIT_CODES.FAULT.code
  switch (error.code) {
    case 'ENCLAVE_KEY_REQUIRED': return EXIT_CODES.USAGE.code
    case 'UNREACHABLE': return EXIT_CODES.UNREACHABLE.code
    case 'TIMEOUT': return EXIT_CODES.TIMEOUT.code
    case 'ANSWER_INVALID':
    case 'ANSWER_NOT_VERIFIED':
    case 'ENCLAVE_NOT_VERIFIED': return EXIT_CODES.NOT_TRUSTED.code
  }
  return exitCodeOfStatus(Number(error.statusCode))
}

function exitCodeOfAttestation ({ code }: AttestationError): ExitCode {
  switch (code) {
    case 'POLICY_INVALID': return EXIT_CODES.USAGE.code
    case 'UNREACHABLE': return EXIT_CODES.UNREACHABLE.code
    case 'TIMEOUT': return EXIT_CODES.TIMEOUT.code
  }
  return EXIT_CODES.NOT_TRUSTED.code
}

/** HTTP statuses of the service's answers, successes included. */
export function exitCodeOfStatus (statusCode: number): ExitCode {
  switch (statusCode) {
    case 200: return EXIT_CODES.OK.code
    case 202:
    case 504: return EXIT_CODES.TIMEOUT.code
    case 401: return EXIT_CODES.AUTHENTICATION.code
    case 404: return EXIT_CODES.NOT_FOUND.code
  }
  return statusCode < 500 ? EXIT_CODES.REFUSED.code : EXIT_CODES.SERVICE_FAULT.code
}
