/** Tells in one word what happened, such as ECONNREFUSED, CERT_HAS_EXPIRED or HTTPParserError. An error's message may quote what came in. */
export function codeOf (error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException
  // undici's name for a connection that the other side has ended; node's is better known.
  return code === 'UND_ERR_SOCKET' ? 'ECONNRESET' : code ?? name
}

export class AnswerTooLong extends Error {
  readonly code = 'ANSWER_TOO_LONG'
}

/** The other side sent a 1xx status (RFC 9110, section 15.2), which no request of ours asks for. */
export class InformationalAnswer extends Error {
  readonly code = 'INFORMATIONAL_ANSWER'

  constructor (readonly status: number) {
    super(`HTTP status ${status} is no answer`)
  }
}
