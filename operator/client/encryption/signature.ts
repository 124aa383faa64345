import type { Static } from '@sinclair/typebox'
import type { Signature } from '../../../schemas/signing.js'

/** r|s|v: the 65 bytes that contracts take, as 0x hex. */
export function joinSignature ({ r, s, v }: Static<typeof Signature>): string {
  return `${r}${s.slice(2)}${v.toString(16)}`
}
