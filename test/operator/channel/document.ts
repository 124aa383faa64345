import { createHash } from 'node:crypto'
import type { AttestationPolicy } from '../../../operator/attestation/index.js'
import { bytes, unsigned } from '../../fixtures/attestation/cbor.js'
import { sequence, time } from '../../fixtures/attestation/der.js'
import {
  certificateOf, type Level, LEVELS, makeDocument as makeFixedDocument, POLICY as FIXED_POLICY
} from '../../fixtures/attestation/document.js'

/** The fixed documents are of a day of their own. These are of now. */
const VALIDITY = sequence(time('200101000000Z'), time('490101000000Z'))
const CERTIFICATES = Object.fromEntries(
  LEVELS.map(level => [level, certificateOf(level, { validity: VALIDITY })])
) as Record<Level, Buffer>

/** Accepts the documents of `makeDocument`. */
export const POLICY: AttestationPolicy = {
  ...FIXED_POLICY, root: createHash('sha256').update(CERTIFICATES.root).digest('hex')
}

/** Makes a document of now that names a key, 64 bytes. `pcrs` change the measurements. */
export function makeDocument (publicKey: Buffer, { pcrs = {}, at = Date.now() }: {
  pcrs?: Record<number, Buffer>, at?: number
} = {}): Buffer {
  return makeFixedDocument({
    certificates: CERTIFICATES,
    fields: { timestamp: unsigned(at), public_key: bytes(publicKey) },
    pcrs: Object.fromEntries(Object.entries(pcrs).map(([index, pcr]) => [index, bytes(pcr)])),
  })
}

/** A document of another image. */
export function makeForeignDocument (publicKey: Buffer): Buffer {
  return makeDocument(publicKey, { pcrs: { 0: Buffer.alloc(48, 0xee) } })
}
