/** Writes ASN.1 in DER (ITU-T X.690), as far as the certificate needs it. */
export const der = {
  sequence: (...parts: Uint8Array[]) => element(0x30, ...parts),
  set: (...parts: Uint8Array[]) => element(0x31, ...parts),
  /** A context-specific element around others, with the number `tag`. */
  explicit: (tag: number, ...parts: Uint8Array[]) => element(0xa0 | tag, ...parts),
  /** A positive integer from its big-endian bytes, of which the first may not be 0. */
  integer: (bytes: Uint8Array) => element(0x02, ...bytes[0]! >= 0x80 ? [Buffer.of(0)] : [], bytes),
  bitString: (bytes: Uint8Array) => element(0x03, Buffer.of(0), bytes),
  octetString: (bytes: Uint8Array) => element(0x04, bytes),
  utf8String: (text: string) => element(0x0c, Buffer.from(text)),
  /** UTCTime until 2049, then GeneralizedTime (RFC 5280, section 4.1.2.5). */
  time: (time: Date) => {
    const digits = time.toISOString().replace(/\.\d+|\D/g, '')
    const isShort = time.getUTCFullYear() < 2050
    return element(isShort ? 0x17 : 0x18, Buffer.from(`${isShort ? digits.slice(2) : digits}Z`))
  },
  /** An object identifier from its dotted form, whose first number is below 3. */
  identifier: (dotted: string) => {
    const [first, second, ...rest] = dotted.split('.').map(BigInt)
    return element(0x06, ...[first! * 40n + second!, ...rest].map(base128))
  },
}

function element (tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(tag), length(content.length), content])
}

function length (bytes: number): Buffer {
  return bytes < 0x80 ? Buffer.of(bytes) : bytes < 0x100 ? Buffer.of(0x81, bytes) : Buffer.of(0x82, bytes >> 8, bytes & 0xff)
}

function base128 (value: bigint): Buffer {
  const digits = [Number(value & 0x7fn)]
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) digits.unshift(0x80 | Number(rest & 0x7fn))
  return Buffer.from(digits)
}
