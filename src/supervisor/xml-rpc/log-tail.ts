import type { Redactor } from '../../redaction/redactor.js'
import { afterBreak, CUTS, readFirst, type ReadLog, toLines } from './log-reads.js'

/** The largest part of a log that is read for its last lines. */
export const MAX_TAIL_BYTES = 1024 * 1024
export const BYTES_A_LINE = 512

/** Reads the last lines of the log, at most 1 MiB of it. */
export async function readLastLines ({ read, lines, redactor, bytes = lines * BYTES_A_LINE }: {
  read: ReadLog, lines: number, redactor: Redactor, bytes?: number
}): Promise<string[]> {
  const { tail, asked } = await readTail(read, Math.min(bytes, MAX_TAIL_BYTES))
  const isWhole = tail.length < asked
  const found = toLines(isWhole ? tail : afterBreak(tail))
  const isAllThereIs = isWhole || bytes >= MAX_TAIL_BYTES || asked < bytes - CUTS.length
  if (!isAllThereIs && found.length < lines) return await readLastLines({ read, lines, redactor, bytes: bytes * 8 })
  return redactor.redactTail(found.slice(-lines), !tail.endsWith('\n'))
}

/** Asks for less as long as the supervisor cannot read the tail. */
async function readTail (read: ReadLog, bytes: number): Promise<{ tail: string, asked: number }> {
  for (let size = bytes; size > CUTS.length; size = Math.floor(size / 2)) {
    const piece = await readFirst(read, CUTS.map(cut => ({ offset: cut - size, length: 0 })))
    if (piece !== null) return { tail: piece.text, asked: -piece.offset }
  }
  return { tail: '', asked: 0 }
}
