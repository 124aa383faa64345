/** Codes of refusals. `npm run docs` lists those that judge an enclave. */
export const ATTESTATION_ERRORS = {
  UNREACHABLE: 'No connection to the attestation server, or it broke off.',
  TIMEOUT: 'The attestation server did not answer in time.',
  ANSWER_INVALID: 'The answer is no attestation document: the URL is wrong, or another server answers there.',
  POLICY_INVALID: 'The policy does not say what to expect, or says it in a wrong form.',
  ATTESTATION_MALFORMED: 'The document has not the form of a Nitro attestation document.',
  ATTESTATION_CERTIFICATES: 'The certificates do not lead from the root to the key that signed the document.',
  ATTESTATION_ROOT: 'The certificates lead to another root than the expected one.',
  ATTESTATION_SIGNATURE: 'The document was altered, or another key signed it.',
  ATTESTATION_OLD: 'The document is too old.',
  ATTESTATION_AHEAD: 'The time of the document lies ahead of the own clock.',
  ATTESTATION_DEBUG: 'The enclave runs in debug mode. Its host can read and change everything in it.',
  ATTESTATION_IMAGE: 'The enclave runs another image, or with another configuration, than the expected one.',
  ATTESTATION_KEY: 'The document names no secp256k1 public key, or another one than expected.',
  ATTESTATION_NONCE: 'The document has another nonce than the one that was asked for.',
} as const

export type AttestationErrorCode = keyof typeof ATTESTATION_ERRORS

/** Every refusal of a document. `message` says what is wrong, and what to do. */
export class AttestationError extends Error {
  readonly code: AttestationErrorCode
  /** The broken rule, for reports and tests. Null where no document was judged. */
  readonly rule: string | null

  constructor (
    code: AttestationErrorCode, message: string, { rule = null, cause }: { rule?: string | null, cause?: unknown } = {}
  ) {
    super(message, { cause })
    this.name = 'AttestationError'
    this.code = code
    this.rule = rule
  }
}
