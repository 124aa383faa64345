import { decodeCbor } from './cbor.js'
import { check } from './check.js'

/** A document of Nitro (AWS: "Verifying the root of trust"), whose signature nobody has checked yet. */
export interface AttestationDocument {
  moduleId: string
  /** Milliseconds since 1970. */
  timestamp: number
  pcrs: Map<number, Buffer>
  /** DER, the root first, and the certificate of the signing key last. */
  certificates: Buffer[]
  publicKey: Buffer | null
  userData: Buffer | null
  nonce: Buffer | null
}

/** The map has no other key (CDDL of AWS). Its order is not canonical in real documents. */
const FIELDS = new Set<unknown>([
  'module_id', 'digest', 'timestamp', 'pcrs', 'certificate', 'cabundle', 'public_key', 'user_data', 'nonce'
])
const LAST_PCR = 31
const SHA384_BYTES = 48
/** The year 10000. Dates end soon after. */
const END_OF_TIMES = 253_402_300_800_000

/** Reads the payload of a document. Throws an AttestationError. */
export function readDocument (payload: Uint8Array): AttestationDocument {
  const map = decodeCbor(payload)
  check('payload-map', map instanceof Map, 'The payload is not a map')
  check('payload-fields', [...map.keys()].every(key => FIELDS.has(key)), 'The payload has an unknown field')
  const moduleId: unknown = map.get('module_id')
  check('module-id', typeof moduleId === 'string' && moduleId !== '', 'The payload has no module_id')
  check('digest', map.get('digest') === 'SHA384', 'The digest is not SHA384')
  return {
    moduleId,
    timestamp: readTimestamp(map.get('timestamp')),
    pcrs: readPcrs(map.get('pcrs')),
    certificates: [...readBundle(map.get('cabundle')), readCertificate(map.get('certificate'))],
    publicKey: readOptional('public_key', map.get('public_key')),
    userData: readOptional('user_data', map.get('user_data')),
    nonce: readOptional('nonce', map.get('nonce')),
  }
}

/** Every comparison with a missing time would be false, so that it would count as young. */
function readTimestamp (value: unknown): number {
  const isTime = Number.isInteger(value) && Number(value) > 0 && Number(value) < END_OF_TIMES
  check('timestamp', isTime, 'The document has no timestamp')
  return Number(value)
}

function readPcrs (value: unknown): Map<number, Buffer> {
  check('pcrs-map', value instanceof Map, 'The document has no PCRs')
  return new Map([...value].map(([index, bytes]: [unknown, unknown]) => {
    const isIndex = Number.isInteger(index) && Number(index) >= 0 && Number(index) <= LAST_PCR
    check('pcr-index', isIndex, 'The document has a PCR with a wrong number')
    check('pcr-length', isBytes(bytes) && bytes.length === SHA384_BYTES, `PCR${index} has not 48 bytes`)
    return [Number(index), Buffer.from(bytes)]
  }))
}

function readCertificate (value: unknown): Buffer {
  check('certificate-bytes', isBytes(value), 'The document has no certificate')
  return Buffer.from(value)
}

function readBundle (value: unknown): Buffer[] {
  check('cabundle-list', Array.isArray(value) && value.length > 0, 'The document has no cabundle')
  return value.map((certificate: unknown) => {
    check('cabundle-bytes', isBytes(certificate), 'The cabundle has something other than certificates')
    return Buffer.from(certificate)
  })
}

function readOptional (field: string, value: unknown): Buffer | null {
  if (value === undefined || value === null) return null
  check('optional-bytes', isBytes(value), `The field ${field} is not bytes`)
  return Buffer.from(value)
}

function isBytes (value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}
