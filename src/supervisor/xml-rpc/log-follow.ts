import type { Redactor } from '../../redaction/redactor.js'
import { pause } from '../../timing/pause.js'
import type { FollowOptions, LogBatch } from '../supervisor.js'
import {
  afterBreak, BYTES_A_LINE, CUTS, findEnd, isPastEnd, MAX_TAIL_BYTES, readFirst, type ReadLog, splitLines, toLines,
} from './log-reads.js'

const CHUNK_BYTES = 64 * 1024
const POLL_MS = 250
/** A longer line is passed on in pieces. */
const MAX_LINE_BYTES = 16 * 1024
/** Bytes that Python cannot read for this many polls are binary, and not half a character. */
const UNREADABLE_POLLS = 4

/** Gives the lines of the log as they come, until the signal aborts. Begins anew when the file was rotated. */
export async function * followLog ({ read, redactor, signal, lines = 0, after }: Omit<FollowOptions, 'stream'> & {
  read: ReadLog, redactor: Redactor
}): AsyncGenerator<LogBatch> {
  const redacted = redactor.lines()
  let { offset, isCut } = await findStart({ read, lines, after })
  let rest = ''
  let unreadable = 0
  while (!signal.aborted) {
    const chunk = (await readFirst(read, CUTS.map(cut => ({ offset, length: CHUNK_BYTES - cut }))))?.text ?? null
    unreadable = chunk === null ? unreadable + 1 : 0
    if (unreadable === UNREADABLE_POLLS) {
      offset = await findEnd(read)
      yield { lines: ['[bytes that are not UTF-8 were left out]'], positions: [String(offset)] }
    } else if (chunk !== null && chunk !== '') {
      offset += chunk.length
      const text = rest + (isCut ? afterBreak(chunk) : chunk)
      isCut &&= !chunk.includes('\n')
      const goesOn = text.length > MAX_LINE_BYTES && !text.includes('\n')
      const end = goesOn ? text.length : text.lastIndexOf('\n') + 1
      rest = text.slice(end)
      await redactor.refresh()
      const whole = text.slice(0, end)
      if (end > 0) yield { lines: toLines(whole).map(line => redacted.push(line, goesOn)), positions: positionsIn(whole, offset - text.length) }
      continue
    } else if (await isPastEnd(read, offset - 1)) {
      offset = 0
      isCut = false
      rest = ''
    }
    await pause(POLL_MS, signal)
  }
}

/** Returns the position behind each line. One character is one byte of the file. */
function positionsIn (text: string, start: number): string[] {
  let at = start
  return splitLines(text).map(line => {
    at = Math.min(start + text.length, at + line.length + 1)
    return String(at)
  })
}

interface Start {
  offset: number
  /** The offset is within a line, whose beginning is not read. */
  isCut: boolean
}

async function findStart ({ read, lines, after }: { read: ReadLog, lines: number, after: string | undefined }): Promise<Start> {
  const end = await findEnd(read)
  // A file that has become shorter was rotated.
  if (after !== undefined) return /^\d{1,13}$/.test(after) && Number(after) <= end ? await startAt(read, Number(after)) : { offset: 0, isCut: false }
  const offset = lines === 0 ? null : await findLine({ read, lines, end })
  return offset === null ? await startAtUnfinished(read, end) : { offset, isCut: false }
}

async function startAt (read: ReadLog, offset: number): Promise<Start> {
  return { offset, isCut: offset > 0 && (await readFirst(read, [{ offset: offset - 1, length: 1 }]))?.text !== '\n' }
}

/** Finds where the last finished lines begin, or returns null. */
async function findLine ({ read, lines, end }: { read: ReadLog, lines: number, end: number }): Promise<number | null> {
  const start = Math.max(0, end - Math.min(lines * BYTES_A_LINE, MAX_TAIL_BYTES))
  const piece = await readFirst(read, CUTS.flatMap(skipped => CUTS.map(cut => ({ offset: start + skipped, length: end - start - skipped - cut }))))
  if (piece === null) return null
  const starts = [...piece.text.matchAll(/(?<=^|\n)[^\n]*\n/g)].map(({ index }) => index).filter(index => index > 0 || piece.offset === 0)
  const first = starts.at(-lines) ?? starts[0]
  return first === undefined ? null : piece.offset + first
}

/** Starts at the beginning of the line that the file ends within, if that can be read. */
async function startAtUnfinished (read: ReadLog, end: number): Promise<Start> {
  const start = await startAt(read, end)
  if (!start.isCut) return start
  const first = Math.max(0, end - MAX_LINE_BYTES)
  const piece = await readFirst(read, CUTS.map(cut => first + cut).filter(offset => offset < end).map(offset => ({ offset, length: end - offset })))
  if (piece === null) return start
  const found = piece.text.lastIndexOf('\n') + 1
  return found > 0 || piece.offset === 0 ? { offset: piece.offset + found, isCut: false } : start
}
