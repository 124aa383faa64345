import { AttestationError, type AttestationErrorCode } from './errors.js'

/** Every rule of the verifier, below the code of its refusal. A test shows for each that some document breaks it alone. */
const RULES = {
  ATTESTATION_MALFORMED: [
    'size', 'cbor', 'cose-parts', 'protected-header', 'unprotected-header', 'payload-bytes', 'signature-length',
    'payload-map', 'payload-fields', 'module-id', 'digest', 'timestamp', 'pcrs-map', 'pcr-index', 'pcr-length',
    'certificate-bytes', 'cabundle-list', 'cabundle-bytes', 'optional-bytes',
  ],
  ATTESTATION_CERTIFICATES: [
    'der-trailing', 'der-tag', 'der-fields', 'der-empty-list', 'der-cut', 'der-long-tag', 'der-indefinite', 'der-huge',
    'der-long-length', 'der-integer', 'der-long-integer', 'der-boolean', 'der-unused-bits', 'der-named-bits', 'der-oid',
    'name-attribute', 'name-text', 'certificate-time', 'certificate-time-form', 'certificate-version',
    'certificate-serial', 'certificate-algorithm', 'certificate-key',
    'certificate-readable', 'certificate-validity', 'certificate-twice', 'certificate-issuer', 'certificate-early', 'certificate-late',
    'certificate-signature', 'extension-fields', 'extension-twice', 'extension-critical', 'authority-missing',
    'authority-critical', 'authority-false', 'authority-depth', 'authority-fields', 'leaf-authority', 'usage-missing',
    'usage-authority', 'usage-leaf', 'usage-leaf-signs',
  ],
  ATTESTATION_ROOT: ['root'],
  ATTESTATION_SIGNATURE: ['signature'],
  ATTESTATION_OLD: ['old'],
  ATTESTATION_AHEAD: ['ahead'],
  ATTESTATION_DEBUG: ['debug'],
  ATTESTATION_IMAGE: ['pcr-missing', 'pcr', 'image-id-missing', 'image-id'],
  ATTESTATION_KEY: ['key-missing', 'key-identity', 'key-length', 'key-curve', 'key'],
  ATTESTATION_NONCE: ['nonce'],
} as const satisfies Partial<Record<AttestationErrorCode, string[]>>

type RefusalCode = keyof typeof RULES
export type Rule = typeof RULES[RefusalCode][number]

export const CODES = new Map(
  Object.entries(RULES).flatMap(([code, rules]) => rules.map(rule => [rule, code] as [Rule, RefusalCode]))
)

/** Throws an AttestationError unless the rule holds. */
export function check (rule: Rule, holds: boolean, message: string | (() => string)): asserts holds {
  if (!holds) refuse(rule, typeof message === 'string' ? message : message())
}

/** Throws the AttestationError of a broken rule. */
export function refuse (rule: Rule, message: string, cause?: unknown): never {
  throw new AttestationError(CODES.get(rule)!, message, { rule, cause })
}
