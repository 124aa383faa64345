import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import { AnswerTooLong } from './errors.js'

type Unpacker = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const GZIP: Unpacker = promisify(gunzip)
const INFLATE: Unpacker = promisify(inflate)
const INFLATE_RAW: Unpacker = promisify(inflateRaw)

/** The content codings of RFC 9110, section 8.4.1, and brotli (RFC 7932). */
const UNPACKERS = new Map<unknown, Unpacker>([
  ['gzip', GZIP],
  ['x-gzip', GZIP],
  // Some servers omit zlib's two header bytes. The lower half of the first one is 8 (RFC 1950).
  ['deflate', (bytes, options) => ((bytes[0] ?? 0) & 0x0f) === 8 ? INFLATE(bytes, options) : INFLATE_RAW(bytes, options)],
  ['br', promisify(brotliDecompress)],
])

/**
 * Unpacks bytes by the content coding of a header. Bytes that cannot be unpacked stay as they are, and their reader
 * rejects them. Throws AnswerTooLong when they unfold to more than `limitBytes`.
 */
export async function unpack ({ bytes, coding, limitBytes }: {
  bytes: Buffer, coding: string | string[] | undefined, limitBytes: number
}): Promise<Buffer> {
  const unpacker = UNPACKERS.get(String(coding).trim().toLowerCase())
  if (unpacker === undefined) return bytes
  try {
    return await unpacker(bytes, { maxOutputLength: limitBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new AnswerTooLong()
    return bytes
  }
}
