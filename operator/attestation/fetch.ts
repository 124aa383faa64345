import { codeOf } from '../../src/outgoing/errors.js'
import { getOnce } from '../../src/outgoing/get-once.js'
import { LARGEST_DOCUMENT_BYTES } from './cose.js'
import { AttestationError } from './errors.js'

const DEFAULT_TIMEOUT_MS = 15_000

/**
 * Fetches a document, and checks nothing of it. Throws an AttestationError with UNREACHABLE, TIMEOUT or
 * ANSWER_INVALID, and a TypeError for a URL of another protocol.
 */
export async function fetchAttestation (
  url: string | URL, { timeoutMs = DEFAULT_TIMEOUT_MS }: { timeoutMs?: number | undefined } = {}
): Promise<Buffer> {
  const target = new URL(url)
  if (!/^https?:$/.test(target.protocol)) {
    throw new TypeError('The URL of an attestation must begin with http:// or https://')
  }
  const signal = AbortSignal.timeout(timeoutMs)
  const { status, body } = await getOnce({ url: target, limitBytes: LARGEST_DOCUMENT_BYTES, signal })
    .catch((cause: unknown) => { throw failure(target, { cause, isLate: signal.aborted, timeoutMs }) })
  if (status !== 200 || body.length === 0) {
    throw notAnAttestation(target, `HTTP status ${status}, ${body.length} bytes`)
  }
  return body
}

function failure (url: URL, { cause, isLate, timeoutMs }: {
  cause: unknown, isLate: boolean, timeoutMs: number
}): AttestationError {
  if (isLate) return new AttestationError('TIMEOUT', `No answer within ${timeoutMs} ms from ${url.host}`, { cause })
  const code = codeOf(cause)
  return code === 'ANSWER_TOO_LONG'
    ? notAnAttestation(url, `more than ${LARGEST_DOCUMENT_BYTES} bytes`)
    : new AttestationError('UNREACHABLE', `No connection to the attestation server at ${url.host}: ${code}`, { cause })
}

function notAnAttestation ({ origin, pathname }: URL, answer: string): AttestationError {
  return new AttestationError('ANSWER_INVALID', `${origin}${pathname} answers no attestation document: ${answer}`)
}
