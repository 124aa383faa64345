import { parsePublicKey } from '../../src/enclave/public-key.js'
import { check } from './check.js'
import type { AttestationDocument } from './document.js'
import { type ImagePcrs, imageIdOf } from './image.js'
import { type AttestationPolicy, MAX_AGE_SECONDS, MAX_AHEAD_SECONDS } from './policy.js'

/** 32 bytes are the Ed25519 key of Oyster's other attestation server. */
const IDENTITY_KEY_BYTES = 32
const PUBLIC_KEY_BYTES = 64

/** Checks the document's time against the own clock, in ms. A limit that is no number refuses everything. */
export function checkAge (timestamp: number, now: number, policy: AttestationPolicy): void {
  const { max_age_seconds: maxAge = MAX_AGE_SECONDS, max_ahead_seconds: maxAhead = MAX_AHEAD_SECONDS } = policy
  const age = (now - timestamp) / 1000
  const clocks = (): string => `it says ${timeOf(timestamp)}, and the clock of this machine ${timeOf(now)}`
  check('old', age <= maxAge, () =>
    `The document is ${Math.round(age)} s old, and at most ${maxAge} s are allowed: ${clocks()}`)
  check('ahead', -age <= maxAhead, () =>
    `The document is ${Math.round(-age)} s ahead, and at most ${maxAhead} s are allowed: ${clocks()}. Set the clock`)
}

/** Checks the image. A measurement that is missing never counts as zeros. */
export function checkImage (pcrs: ReadonlyMap<number, Buffer>, policy: AttestationPolicy): void {
  const isDebug = [0, 1, 2].some(index => pcrs.get(index)?.every(byte => byte === 0))
  check(
    'debug', !isDebug, 'The enclave runs in debug mode, with zeros as PCRs 0 to 2: its host can read all of it'
  )
  for (const [index, expected] of Object.entries(policy.pcrs ?? {})) {
    const found = pcrs.get(Number(index))
    check('pcr-missing', found !== undefined, `The document has no PCR${index}, but ${expected} is expected`)
    check('pcr', found.toString('hex') === expected, () =>
      `PCR${index} is ${found.toString('hex')}, but ${expected} is expected`)
  }
  if (policy.image_id === undefined) return
  const found = imageOf(pcrs)
  check('image-id-missing', found !== null, 'The document has no image id, because PCR 0, 1, 2 or 16 is missing')
  check('image-id', found === policy.image_id, `The image id is ${found}, but ${policy.image_id} is expected`)
}

/** Returns Oyster's image id, or null for documents without one of its PCRs. */
export function imageOf (pcrs: ReadonlyMap<number, Buffer>): string | null {
  const [zero, one, two, sixteen] = [0, 1, 2, 16].map(index => pcrs.get(index)?.toString('hex'))
  if (zero === undefined || one === undefined || two === undefined || sixteen === undefined) return null
  const image: ImagePcrs = { 0: zero, 1: one, 2: two, 16: sixteen }
  return imageIdOf(image)
}

/** Returns the 64 bytes of the enclave's key. */
export function checkKey ({ publicKey }: AttestationDocument, { public_key: expected }: AttestationPolicy): Buffer {
  check('key-missing', publicKey !== null, 'The document has no public_key')
  check(
    'key-identity', publicKey.length !== IDENTITY_KEY_BYTES,
    "The document has 32 bytes as public_key: this is port 1300's identity key, use port 1301, or 1500 of classic Oyster"
  )
  check('key-length', publicKey.length === PUBLIC_KEY_BYTES, 'The public_key of the document has not 64 bytes')
  check('key-curve', isPoint(publicKey), 'The public_key of the document is not a point of secp256k1')
  const found = publicKey.toString('hex')
  check('key', expected === undefined || found === expected, `The public_key is ${found}, but ${expected} is expected`)
  return publicKey
}

export function checkNonce ({ nonce }: AttestationDocument, asked: Uint8Array | undefined): void {
  const holds = asked === undefined || nonce?.equals(asked) === true
  check('nonce', holds, `The nonce is ${nonce?.toString('hex') ?? 'missing'}, and not the one that was asked for`)
}

function isPoint (publicKey: Buffer): boolean {
  try {
    return parsePublicKey(publicKey.toString('hex')).length > 0
  } catch {
    return false
  }
}

function timeOf (milliseconds: number): string {
  return Number.isNaN(milliseconds) ? 'no time' : new Date(milliseconds).toISOString()
}
