import { setTimeout as delay } from 'node:timers/promises'
import { cleanLine } from '../clean-lines.js'
import type { Redactor } from '../../redaction/redactor.js'
import type { LogStream } from '../../../schemas/logs.js'
import type { LogBatch } from '../supervisor.js'
import { decodeText, XmlRpcError } from './codec.js'
import { INTERNAL_SERVER_ERROR } from './connection.js'

/**
 * readProcessStdoutLog or readProcessStderrLog of one program, the only log calls that Python and Go both get right:
 * (offset, length) from the file's start, (-n, 0) for its last n bytes. One character a byte; '' past the end.
 */
export type ReadLog = (offset: number, length: number) => Promise<string>

export const LOG_METHODS: Record<LogStream, string> = { stdout: 'readProcessStdoutLog', stderr: 'readProcessStderrLog' }

const MAX_TAIL_BYTES = 1024 * 1024
const BYTES_A_LINE = 512
const CHUNK_BYTES = 64 * 1024
const POLL_MS = 250
/** A line longer than this is passed on in pieces. */
const MAX_LINE_BYTES = 16 * 1024
const MAX_FILE_BYTES = 2 ** 40
/** A UTF-8 character has up to 4 bytes, so that many cuts find its border. */
const CUTS = [0, 1, 2, 3]
/** Polls after which bytes that Python cannot read are taken for binary, not for half a character. */
const UNREADABLE_POLLS = 4

/** The last lines of the log, at most 1 MiB of it. */
export async function readLastLines ({ read, lines, redactor, bytes = lines * BYTES_A_LINE }: {
  read: ReadLog, lines: number, redactor: Redactor, bytes?: number
}): Promise<string[]> {
  const { tail, asked } = await readTail(read, Math.min(bytes, MAX_TAIL_BYTES))
  const isWhole = tail.length < asked
  // A line whose beginning is missing may begin in the middle of a secret.
  const found = toLines(isWhole ? tail : afterBreak(tail))
  const isAllThereIs = isWhole || bytes >= MAX_TAIL_BYTES || asked < bytes - CUTS.length
  if (!isAllThereIs && found.length < lines) return await readLastLines({ read, lines, redactor, bytes: bytes * 8 })
  return redactor.redactTail(found.slice(-lines), !tail.endsWith('\n'))
}

/** Python answers HTTP 500 to a tail that begins within a character, or holds bytes that are no UTF-8: ask for less then. */
async function readTail (read: ReadLog, bytes: number): Promise<{ tail: string, asked: number }> {
  for (let size = bytes; size > CUTS.length; size = Math.floor(size / 2)) {
    for (const cut of CUTS) {
      const asked = size - cut
      const tail = await readUnless500(() => read(-asked, 0))
      if (tail !== null) return { tail, asked }
    }
  }
  return { tail: '', asked: 0 }
}

function toLines (bytes: string): string[] {
  const lines = decodeText(bytes).split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map(cleanLine)
}

async function readUnless500 (read: () => Promise<string>): Promise<string | null> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof XmlRpcError && error.code === INTERNAL_SERVER_ERROR) return null
    throw error
  }
}

interface FollowLogOptions {
  read: ReadLog
  redactor: Redactor
  signal: AbortSignal
  lines?: number
  after?: string | undefined
}

/**
 * The last lines, or those behind a position, then new ones, until the signal aborts; begins anew when the file was rotated.
 * Reads only as fast as it is consumed. A position is an offset in the file.
 */
export async function * followLog (options: FollowLogOptions): AsyncGenerator<LogBatch> {
  try {
    yield * pollLog(options)
  } catch (error) {
    // A read that the closing of the driver has cut off.
    if (!options.signal.aborted) throw error
  }
}

async function * pollLog ({ read, redactor, signal, lines = 0, after }: FollowLogOptions): AsyncGenerator<LogBatch> {
  const redacted = redactor.lines()
  let { offset, isCut } = await findStart({ read, lines, after })
  let rest = ''
  let unreadable = 0
  while (!signal.aborted) {
    const chunk = await readChunk(read, offset)
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
    await pause(signal)
  }
}

function afterBreak (text: string): string {
  return text.slice(text.indexOf('\n') + 1 || text.length)
}

/** One character is one byte of the file. */
function positionsIn (text: string, start: number): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  let at = start
  return lines.map(line => {
    at = Math.min(start + text.length, at + line.length + 1)
    return String(at)
  })
}

interface Start {
  offset: number
  /** A line is under way there whose beginning is not read: it may begin in the middle of a secret. */
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
  return { offset, isCut: offset > 0 && await readUnless500(() => read(offset - 1, 1)) !== '\n' }
}

/** Where the last lines begin, without one that is unfinished; null where none is found. */
async function findLine ({ read, lines, end }: { read: ReadLog, lines: number, end: number }): Promise<number | null> {
  const start = Math.max(0, end - Math.min(lines * BYTES_A_LINE, MAX_TAIL_BYTES))
  const { text, from } = await readFrom(read, start, end - start)
  const starts = [...text.matchAll(/(?<=^|\n)[^\n]*\n/g)].map(({ index }) => index).filter(index => index > 0 || from === 0)
  const first = starts.at(-lines) ?? starts[0]
  return first === undefined ? null : from + first
}

/** At the beginning of the line that the file ends within, if that can be read. */
async function startAtUnfinished (read: ReadLog, end: number): Promise<Start> {
  const start = await startAt(read, end)
  const unfinished = start.isCut ? await readUnfinished(read, end) : null
  return unfinished === null ? start : { offset: end - unfinished.length, isCut: false }
}

/** Python answers HTTP 500 to a read that begins or ends within a character. */
async function readFrom (read: ReadLog, start: number, length: number): Promise<{ text: string, from: number }> {
  for (const skipped of CUTS) {
    for (const cut of CUTS) {
      const text = await readUnless500(() => read(start + skipped, length - skipped - cut))
      if (text !== null) return { text, from: start + skipped }
    }
  }
  return { text: '', from: start + length }
}

async function readChunk (read: ReadLog, offset: number): Promise<string | null> {
  for (const cut of CUTS) {
    const chunk = await readUnless500(() => read(offset, CHUNK_BYTES - cut))
    if (chunk !== null) return chunk
  }
  return null
}

/** The file's size: no call tells it on every supervisor, so it is searched for, in some 30 short reads. */
async function findEnd (read: ReadLog): Promise<number> {
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

/** The line that the file ends within at `end`, as far as it goes there; null where its beginning cannot be read. */
async function readUnfinished (read: ReadLog, end: number): Promise<string | null> {
  const start = Math.max(0, end - MAX_LINE_BYTES)
  for (const first of CUTS.map(cut => start + cut).filter(offset => offset < end)) {
    const text = await readUnless500(() => read(first, end - first))
    if (text?.includes('\n') === true) return text.slice(text.lastIndexOf('\n') + 1)
    if (text !== null) return first === 0 ? text : null
  }
  return null
}

/** Whether there is no byte at `offset`. One byte of a longer character makes Python answer HTTP 500, so there is one. */
async function isPastEnd (read: ReadLog, offset: number): Promise<boolean> {
  return offset >= 0 && await readUnless500(() => read(offset, 1)) === ''
}

async function pause (signal: AbortSignal): Promise<void> {
  await delay(POLL_MS, undefined, { signal }).catch(() => {})
}
