import type { FileHandle } from 'node:fs/promises'

/** Uses an open file, and closes it also after an error. */
export async function withFile<Result> (
  opening: Promise<FileHandle>, use: (handle: FileHandle) => Promise<Result>
): Promise<Result> {
  const handle = await opening
  try {
    return await use(handle)
  } finally {
    await handle.close()
  }
}

/** For `catch`: gives the value instead of an error with one of the codes. Throws every other error. */
export function insteadOf<Value> (value: Value, ...codes: string[]) {
  return (error: NodeJS.ErrnoException): Value => {
    if (codes.includes(String(error.code))) return value
    throw error
  }
}
