import type { DecodeOptions } from 'cbor2'
import { decode } from 'cbor2/decoder'
import { refuse } from './check.js'

/** Everything that a second encoder could write in another way is refused, and what no document needs. */
export const STRICT: DecodeOptions = {
  // The payload's PCRs are the deepest.
  maxDepth: 4,
  preferMap: true,
  ignoreGlobalTags: true,
  requirePreferred: true,
  rejectBigInts: true,
  rejectDuplicateKeys: true,
  rejectFloats: true,
  rejectLargeNegatives: true,
  rejectLongFloats: true,
  rejectLongLoundNaN: true,
  rejectNegativeZero: true,
  rejectSimple: true,
  rejectStreaming: true,
  rejectStringsNotNormalizedAs: 'NFC',
  rejectSubnormals: true,
  rejectUndefined: true,
  rejectUnsafeFloatInts: true,
}

/** Decodes one item and nothing behind it. Throws an AttestationError. */
export function decodeCbor (bytes: Uint8Array): unknown {
  try {
    return decode(bytes, STRICT)
  } catch (cause) {
    return refuse('cbor', `The document is not strict CBOR: ${(cause as Error).message}`, cause)
  }
}
