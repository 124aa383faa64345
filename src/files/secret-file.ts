import { readFile, realpath } from 'node:fs/promises'
import { withFile } from './file-calls.js'
import { openRegularFile } from './regular-file.js'

const OTHERS_MAY_READ_OR_WRITE = 0o066
const OTHERS_MAY_WRITE = 0o022

/** Another user can reach a secret. Names the problem and the command that mends it. */
export class UnsafeSecretFile extends Error {
  constructor (readonly problem: string, readonly remedy: string) {
    super(`${problem}: ${remedy}`)
  }
}

/**
 * Reads a file that only this user may reach. Throws UnsafeSecretFile for another owner (except root), or for rights
 * of others. On a read-only mount nobody can mend the rights from here. If others can only read there, the problem is
 * returned instead. Throws NotRegularFile.
 */
export async function readSecretFile (path: string, { mountTable = '/proc/self/mountinfo' }: { mountTable?: string | undefined } = {}): Promise<{ content: Buffer, problem: string | null }> {
  return await withFile(openRegularFile(path), async handle => {
    const stats = await handle.stat()
    const unsafe = stats.isFile() ? findDanger(path, stats) : null
    const isMounted = unsafe !== null && (stats.mode & OTHERS_MAY_WRITE) === 0 && await isReadOnly(path, mountTable)
    if (unsafe !== null && !isMounted) throw unsafe
    return { content: await handle.readFile(), problem: unsafe?.problem ?? null }
  })
}

function findDanger (path: string, { mode, uid }: { mode: number, uid: number }): UnsafeSecretFile | null {
  const user = process.geteuid!()
  if (uid !== user && uid !== 0) {
    return new UnsafeSecretFile(`belongs to user ${uid}, who is neither this service's user nor root`, `chown ${user} ${path}`)
  }
  if ((mode & OTHERS_MAY_READ_OR_WRITE) !== 0) {
    return new UnsafeSecretFile(`has mode ${(mode & 0o7777).toString(8).padStart(4, '0')}, so that other users can read or write it`, `chmod 600 ${path}`)
  }
  return null
}

/** Checks for a read-only mount (proc(5)). Testing for write access would tell this to root only. */
async function isReadOnly (path: string, mountTable: string): Promise<boolean> {
  const target = await realpath(path)
  const mounts = (await readFile(mountTable, 'utf8')).trimEnd().split('\n').map(line => {
    const [, , , , point = '', options = ''] = line.split(' ')
    const folder = point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
    return { folder: folder.replace(/\/$/, ''), isReadOnly: options.split(',').includes('ro') }
  })
  // When mounts overlap, the last one is in force.
  const over = mounts.filter(({ folder }) => target === folder || target.startsWith(`${folder}/`))
  const depth = Math.max(...over.map(({ folder }) => folder.length))
  return over.findLast(({ folder }) => folder.length === depth)?.isReadOnly === true
}
