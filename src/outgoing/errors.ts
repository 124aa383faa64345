/** Gives a word such as ECONNREFUSED or HTTPParserError. A message may quote received bytes. */
export function codeOf (error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException
  // This is undici's name for a connection that the other side ended. Node's name is better known.
  return code === 'UND_ERR_SOCKET' ? 'ECONNRESET' : code ?? name
}

export class AnswerTooLong extends Error {
  readonly code = 'ANSWER_TOO_LONG'
}

/** The other side sent a 1xx status (RFC 9110, section 15.2), which our requests never ask for. */
export class InformationalAnswer extends Error {
  readonly code = 'INFORMATIONAL_ANSWER'

  constructor (readonly status: number) {
    super(`HTTP status ${status} is no answer`)
  }
}
