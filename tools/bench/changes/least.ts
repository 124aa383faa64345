import {
  close, fsync, linkSync, mkdirSync, openSync, renameSync, rmdirSync, symlinkSync, unlinkSync, writeSync
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const sync = promisify(fsync)

/**
 * Makes the least that is as durable as a change of the store, written by hand for one folder. A version and its name
 * are on disk before the link changes, and the link before the answer. It checks nothing, takes nothing back, and calls
 * the disk from the event loop for everything but fsync. `null` is a file that did not change.
 */
export function createLeastChange (folder: string) {
  mkdirSync(folder, { recursive: true })
  const current = join(folder, '.current')
  let count = 0

  /** Resolves when the change is on disk; `clearUp` removes the version before it. */
  async function write (texts: Record<string, string | null>): Promise<void> {
    const previous = join(folder, `version-${count}`)
    const version = join(folder, `version-${++count}`)
    mkdirSync(version, 0o700)
    const written = []
    for (const [file, text] of Object.entries(texts)) {
      if (text === null) {
        linkSync(join(previous, file), join(version, file))
        continue
      }
      const descriptor = openSync(join(version, file), 'wx', 0o600)
      writeSync(descriptor, text)
      written.push(descriptor)
    }
    const parent = openSync(folder, 'r')
    written.push(openSync(version, 'r'))
    await Promise.all([...written, parent].map(async descriptor => await sync(descriptor)))
    symlinkSync(version, `${current}.next`)
    renameSync(`${current}.next`, current)
    await sync(parent)
    for (const descriptor of [...written, parent]) close(descriptor)
  }

  function clearUp (files: string[]): void {
    const previous = join(folder, `version-${count - 1}`)
    for (const file of files) unlinkSync(join(previous, file))
    rmdirSync(previous)
  }

  return { write, clearUp }
}
