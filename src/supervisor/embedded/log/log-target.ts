import { constants, fstatSync, write } from 'node:fs'
import { lstat, open, readlink, realpath, stat, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

/** O_NONBLOCK keeps an open from waiting for the other end of a pipe, which would hold up the program and its stop. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_NOCTTY | constants.O_NONBLOCK
const DEVICES = /^\/(?:dev|proc)(?:\/|$)/u
/** The standard output and standard error of the service. */
const OWN_DESCRIPTORS = [1, 2]

/** The target of a program's output. Its methods throw file system errors. */
export interface LogTarget {
  append (data: Buffer | string): Promise<void>
  /** The size in bytes when the target was opened. */
  size: number
  /** Null for a target that other programs share. `isInPlace` tells whether no other program has moved or replaced the file. */
  own: { isInPlace (): Promise<boolean> } | null
  close (): Promise<void>
}

/**
 * Opens the target of a log to append to it. Makes or keeps a regular file private (0600). Uses anything else, and
 * everything under /dev and /proc, as it is, and never changes its rights. Throws file system errors.
 */
export async function openLogTarget (file: string): Promise<LogTarget> {
  const kind = await kindOf(file)
  if (kind === 'own') return await openOwn(file)
  const descriptor = await findOwnDescriptor(file)
  if (descriptor !== undefined) return fromDescriptor(descriptor)
  // A link may lead to a file that does not exist yet. A missing name under /dev or /proc is a mistake.
  const canMakeTarget = kind === 'link' && await kindOf(path.resolve(path.dirname(file), await readlink(file))) === 'own'
  const flags = canMakeTarget ? APPEND | constants.O_CREAT : APPEND
  return await fromHandle({ file, handle: await open(file, flags, 0o600), isOwn: false })
}

/** Opens a program's own log to read it. Returns null for a target that is not its own. Throws file system errors. */
export async function openOwnLog (file: string): Promise<FileHandle | null> {
  if (await kindOf(file) !== 'own') return null
  return await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
}

/** `own` is a regular file, or none yet. Throws when the folder does not exist. */
async function kindOf (file: string): Promise<'own' | 'link' | 'special'> {
  if (DEVICES.test(await realpath(path.dirname(file)))) return 'special'
  const found = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (found === null || found.isFile()) return 'own'
  return found.isSymbolicLink() ? 'link' : 'special'
}

/** Something else may have taken the file's place. O_NOFOLLOW refuses a link, and only a file gets other rights. */
async function openOwn (file: string): Promise<LogTarget> {
  const handle = await open(file, APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  const isOwn = (await handle.stat()).isFile()
  if (isOwn) await handle.chmod(0o600)
  return await fromHandle({ file, handle, isOwn })
}

async function fromHandle ({ file, handle, isOwn }: { file: string, handle: FileHandle, isOwn: boolean }): Promise<LogTarget> {
  const { ino, dev, size } = await handle.stat()

  async function isInPlace (): Promise<boolean> {
    const found = await lstat(file).catch(() => null)
    return found?.ino === ino && found.dev === dev
  }

  return {
    append: async data => await handle.appendFile(data),
    size,
    own: isOwn ? { isInPlace } : null,
    close: async () => await handle.close(),
  }
}

/**
 * Finds the service's own output when the path leads to it. A socket cannot be opened by a path. A second descriptor of a
 * file would have a place of its own, and would write over the service's lines.
 */
async function findOwnDescriptor (file: string): Promise<number | undefined> {
  const target = await stat(file).catch(() => null)
  if (target === null || !(target.isSocket() || target.isFile())) return undefined
  return OWN_DESCRIPTORS.find((descriptor) => {
    const { ino, dev } = fstatSync(descriptor)
    return ino === target.ino && dev === target.dev
  })
}

function fromDescriptor (descriptor: number): LogTarget {
  return {
    async append (data) {
      let rest = Buffer.from(data)
      while (rest.length > 0) rest = rest.subarray((await promisify(write)(descriptor, rest)).bytesWritten)
    },
    size: 0,
    own: null,
    close: async () => {},
  }
}
