import type { Redactor } from '../../redaction/redactor.js'
import { cleanLine } from '../clean-lines.js'
import { decodeText, XmlRpcError } from './codec.js'
import { INTERNAL_SERVER_ERROR } from './connection.js'

/**
 * Calls readProcessStdoutLog or readProcessStderrLog of one program, the only log calls that Python and Go both get
 * right. (offset, length) counts from the file's start, and (-n, 0) gives the last n bytes. One character of the result
 * is one byte, and there is none past the end.
 */
export type ReadLog = (offset: number, length: number) => Promise<string>

/** A UTF-8 character has up to 4 bytes, so one of these cuts ends at its border. */
export const CUTS = [0, 1, 2, 3]
const MAX_FILE_BYTES = 2 ** 40
/** The largest part of a log that is read for its last lines. */
export const MAX_TAIL_BYTES = 1024 * 1024
export const BYTES_A_LINE = 512

/** Reads the first readable piece, or returns null. Python answers HTTP 500 to a piece that is not whole UTF-8. */
export async function readFirst (read: ReadLog, pieces: Array<{ offset: number, length: number }>): Promise<{ text: string, offset: number } | null> {
  for (const { offset, length } of pieces) {
    try {
      return { text: await read(offset, length), offset }
    } catch (error) {
      if (!isUnreadable(error)) throw error
    }
  }
  return null
}

export function isUnreadable (error: unknown): boolean {
  return error instanceof XmlRpcError && error.code === INTERNAL_SERVER_ERROR
}

/** Finds the file's size in some 30 short reads, because no call tells it on every supervisor. */
export async function findEnd (read: ReadLog): Promise<number> {
  let high = 1
  while (high < MAX_FILE_BYTES && !await isPastEnd(read, high)) high *= 2
  let low = 0
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (await isPastEnd(read, middle)) high = middle
    else low = middle + 1
  }
  return low
}

/** Tells whether there is no byte at the offset. An unreadable byte is there: it is one of a longer character. */
export async function isPastEnd (read: ReadLog, offset: number): Promise<boolean> {
  return offset >= 0 && (await readFirst(read, [{ offset, length: 1 }]))?.text === ''
}

/** Removes everything up to the first line end. The rest of a cut line may begin in the middle of a secret. */
export function afterBreak (bytes: string): string {
  return bytes.slice(bytes.indexOf('\n') + 1 || bytes.length)
}

/** Splits bytes behind each line end. */
export function splitLines (bytes: string): string[] {
  const lines = bytes.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** Splits bytes into clean lines. */
export function toLines (bytes: string): string[] {
  return splitLines(bytes).map(line => cleanLine(decodeText(line)))
}

/** Reads the last lines of the log, at most 1 MiB of it. */
export async function readLastLines ({ read, lines, redactor, bytes = lines * BYTES_A_LINE }: {
  read: ReadLog, lines: number, redactor: Redactor, bytes?: number
}): Promise<string[]> {
  const { text, asked } = await readTail(read, Math.min(bytes, MAX_TAIL_BYTES))
  const isWhole = text.length < asked
  const found = toLines(isWhole ? text : afterBreak(text))
  const isAllThereIs = isWhole || bytes >= MAX_TAIL_BYTES || asked < bytes - CUTS.length
  if (!isAllThereIs && found.length < lines) return await readLastLines({ read, lines, redactor, bytes: bytes * 8 })
  return redactor.redactTail(found.slice(-lines), !text.endsWith('\n'))
}

/** Asks for less as long as the supervisor cannot read the tail. */
async function readTail (read: ReadLog, bytes: number): Promise<{ text: string, asked: number }> {
  for (let size = bytes; size > CUTS.length; size = Math.floor(size / 2)) {
    const piece = await readFirst(read, CUTS.map(cut => ({ offset: cut - size, length: 0 })))
    if (piece !== null) return { text: piece.text, asked: -piece.offset }
  }
  return { text: '', asked: 0 }
}
