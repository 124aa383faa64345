import { readFile } from 'node:fs/promises'
import { buffer, text } from 'node:stream/consumers'
import { UsageError } from '../exit-codes.js'

/** The content of a file; `-` is standard input. Throws a UsageError. */
export async function readInput (path: string, stdin: NodeJS.ReadableStream): Promise<string> {
  return path === '-' ? await text(stdin) : (await readBytes(path, stdin)).toString()
}

/** The content of a file as bytes; `-` is standard input. Throws a UsageError. */
export async function readBytes (path: string, stdin: NodeJS.ReadableStream): Promise<Buffer> {
  if (path === '-') return await buffer(stdin)
  return await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path} cannot be read (${error.code})`)
  })
}

/** Throws a UsageError that does not quote the content: it may hold a key. */
export function parseJson (name: string, content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    throw new UsageError(`${name} is not valid JSON`)
  }
}
