import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import { AnswerTooLong } from './errors.js'

type Unpacker = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>

const GZIP: Unpacker = promisify(gunzip)
const INFLATE: Unpacker = promisify(inflate)
const INFLATE_RAW: Unpacker = promisify(inflateRaw)

/** Content codings of RFC 9110, section 8.4.1, and brotli (RFC 7932). */
const UNPACKERS = new Map<unknown, Unpacker>([
  ['gzip', GZIP],
  ['x-gzip', GZIP],
  // Some servers leave out the two bytes of zlib's header; its first has 8 in the lower half (RFC 1950).
  ['deflate', (bytes, options) => ((bytes[0] ?? 0) & 0x0f) === 8 ? INFLATE(bytes, options) : INFLATE_RAW(bytes, options)],
  ['br', promisify(brotliDecompress)],
])

/**
 * Bytes of the content coding that a header names, unpacked. Bytes that cannot be unpacked stay as they are: who reads them
 * will see that they are nonsense. Throws an AnswerTooLong where they unfold into more than `limitBytes`.
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
