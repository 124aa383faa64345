import { isUtf8 } from 'node:buffer'
import { lstat, open } from 'node:fs/promises'
import { withFile } from './file-calls.js'
import { READ_AT_ONCE } from './regular-file.js'

const MAXIMUM_BYTES = 64 * 1024
const OR_REMOVE = 'put a text file there, or remove it'

const FAULTS: Record<string, string> = {
  ENOENT: `is a link to nothing: ${OR_REMOVE}`,
  ELOOP: `is a link to itself: ${OR_REMOVE}`,
  EISDIR: `is a folder: ${OR_REMOVE}`,
  EACCES: 'cannot be read (EACCES): give this user the right to read it, or remove it',
}

/**
 * Throws an Error that names the fault of a `.env` file and its remedy. dotenv skips faults silently, and could drop
 * a preset API key. A missing file is fine. A device, such as a /dev/null mask, is read like a file.
 */
export async function assertUsableDotenv (path: string): Promise<void> {
  const isThere = await lstat(path).then(() => true, ({ code }) => code !== 'ENOENT')
  const problem = isThere ? await readAtOnce(path).then(findProblem, ({ code, message }) => FAULTS[code] ?? `cannot be read: ${message}`) : undefined
  if (problem !== undefined) throw new Error(`${path} ${problem}`)
}

/** Reads one byte more than the file may have. Never waits for the other end of a FIFO. */
async function readAtOnce (path: string): Promise<Buffer | null> {
  return await withFile(open(path, READ_AT_ONCE), async handle => {
    if ((await handle.stat()).isFIFO()) return null
    const buffer = Buffer.alloc(MAXIMUM_BYTES + 1)
    let length = 0
    for (let read = 1; read > 0 && length < buffer.length; length += read) {
      read = (await handle.read(buffer, length, buffer.length - length, null)).bytesRead
    }
    return buffer.subarray(0, length)
  })
}

/** Names line and variable, never a value, because values may be secret. Null stands for a FIFO. */
function findProblem (content: Buffer | null): string | undefined {
  if (content === null) return 'is not a regular file: put one there, or remove it'
  if (content.length > MAXIMUM_BYTES) return `is larger than ${MAXIMUM_BYTES / 1024} KiB: is it the right file?`
  if (/^(?:\xff\xfe|\xfe\xff)/.test(content.toString('latin1', 0, 2))) return 'is UTF-16 text: save it as UTF-8'
  if (content.includes(0)) return 'has a NUL byte: save it as UTF-8 text'
  if (!isUtf8(content)) return 'is not UTF-8 text: save it as UTF-8'
  return findWrongLine(content.toString().replace(/^\ufeff/, '').split(/\r\n?|\n/))
}

const ASSIGNMENT = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)\s*(.*)$/

/** Reads lines as dotenv does: a quoted value may continue over several lines. */
function findWrongLine (lines: string[]): string | undefined {
  const known = new Map<string, number>()
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1
    const text = lines[index]!
    if (/^\s*(?:#|$)/.test(text)) continue
    const [, name, value = ''] = ASSIGNMENT.exec(text) ?? []
    if (name === undefined) return `has no assignment in line ${line}: write NAME=value, or make it a comment with #`
    const before = known.get(name)
    if (before !== undefined) return `sets ${name} in line ${before} and again in line ${line}: leave one`
    known.set(name, line)
    const quote = /^["'`]/.exec(value)?.[0]
    if (quote === undefined) {
      if (/\S#/.test(value)) return `has a # within the value of ${name} in line ${line}, where a comment would start: quote the value`
      continue
    }
    const rest = [value.slice(1), ...lines.slice(line)].join('\n')
    const end = new RegExp(`(?<!\\\\)${quote}`).exec(rest)
    if (end === null) return `has a ${quote} in line ${line} that is never closed`
    const [after = '', ...others] = rest.slice(end.index + 1).split('\n')
    if (!/^\s*(?:#|$)/.test(after)) return `has text after the closing ${quote} of ${name}, set in line ${line}: quote the whole value`
    index = lines.length - others.length - 1
  }
  return undefined
}
