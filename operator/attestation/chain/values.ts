import { check } from '../check.js'
import type { DerElement } from '../der.js'

/** Returns the bytes of an integer that is not negative, in its shortest form. */
export function readInteger ({ content }: DerElement): Buffer {
  const [first = 0x80, second = 0x80] = content
  check('der-integer', first < 0x80, 'A certificate has a number that is negative or empty')
  check('der-long-integer', first !== 0 || second >= 0x80, 'A certificate has a number in a form that is too long')
  return content
}

/** FALSE is the default of each truth value here, so that DER leaves it out. */
export function readTrue ({ content }: DerElement): void {
  check('der-boolean', content.equals(Buffer.of(0xff)), 'A certificate has a truth value in a wrong form')
}

/** Returns an object identifier in hex. */
export function readObjectIdentifier ({ content }: DerElement): string {
  const isShortest = content.every((byte, place) => byte !== 0x80 || (content[place - 1] ?? 0) >= 0x80)
  const isWhole = content.length > 0 && content.at(-1)! < 0x80
  check('der-oid', isWhole && isShortest, 'A certificate has an identifier in a wrong form')
  return content.toString('hex')
}

/** Returns the bytes of a bit string of whole bytes. */
export function readWholeBytes ({ content }: DerElement): Buffer {
  check('der-unused-bits', content[0] === 0, 'A certificate has a bit string without whole bytes')
  return content.subarray(1)
}

/** Reads a list of named bits, whose last zeros DER leaves out. Bit 0 is the highest bit of the first byte. */
export function readNamedBits ({ content }: DerElement): (bit: number) => boolean {
  const [unused = 8] = content
  const last = content.length > 1 ? content.at(-1)! : 0
  // The lowest bit in use is set, and the unused ones below it are not.
  const isShortest = unused < 8 && last % (2 << unused) === 1 << unused
  check('der-named-bits', isShortest, 'A certificate has a bit string in a wrong form')
  return bit => (content[1 + (bit >> 3)]! & (0x80 >> (bit & 7))) !== 0
}
