import * as realFiles from 'node:fs/promises'
import { join, relative } from 'node:path'
import t from 'tap'
import { setUp, updateRuntime } from '../../src/config/changes.js'
import { CURRENT, GENERATOR_FILE, RUNTIME_FILE } from '../../src/config/files.js'
import { createConfigPair } from '../../src/config/pair.js'
import { createConfigurationStore } from '../../src/config/store.js'
import type { FileSystem } from '../../src/durable-files.js'
import { SECRET, setup } from '../fixtures/configuration.js'

/** The real file system, and what has been done with it once it was done, like `sync .current`. */
function recordedFiles (folder: string) {
  const done: string[] = []
  const shown = (path: string) => relative(folder, path) || '.'
  const files = {
    ...realFiles,
    rename: async (from: string, to: string) => {
      await realFiles.rename(from, to)
      done.push(`rename ${shown(from)} ${shown(to)}`)
    },
    open: async (path: string, flags: string, mode?: number) => {
      const handle = await realFiles.open(path, flags, mode)
      const tell = (what: string) => done.push(`${what} ${shown(path)}`)
      tell(`open ${flags}${mode === undefined ? '' : ` ${mode.toString(8)}`}`)
      return {
        writeFile: async (content: string) => { await handle.writeFile(content); tell('write') },
        sync: async () => { await handle.sync(); tell('sync') },
        close: async () => { await handle.close(); tell('close') },
      }
    },
  } as unknown as FileSystem
  return { files, done }
}

/** A kill leaves the page cache, a loss of power does not: only the order of these calls shows what it would leave. */
t.test('what a change writes is on disk before its name is, and both before the answer', async t => {
  const folder = t.testdir()
  const { files, done } = recordedFiles(folder)
  const store = createConfigurationStore({ pair: createConfigPair({ folder, files }) })

  /** Expects these calls in this order, among others, before the answer. */
  async function expectOrder (files: string[], change: Promise<unknown>): Promise<void> {
    done.length = 0
    await change
    done.push('answer')
    const version = await realFiles.readlink(join(folder, CURRENT))
    const written = files.map(file => join(version, file))
    for (const path of written) {
      inOrder([`open wx 600 ${path}`, `write ${path}`, `sync ${path}`, `close ${path}`, `sync ${version}`])
    }
    inOrder([`sync ${version}`, `rename ${CURRENT}.next ${CURRENT}`, 'sync .', 'answer'], done.lastIndexOf(`sync ${version}`))
    t.strictSame(done.filter(call => call.startsWith('write ')), written.map(path => `write ${path}`), 'nothing else is written')
  }

  function inOrder (calls: string[], from = 0): void {
    let place = from - 1
    for (const call of calls) {
      place = done.indexOf(call, place + 1)
      t.ok(place !== -1, call, { done })
      if (place === -1) return
    }
  }

  await expectOrder([GENERATOR_FILE, RUNTIME_FILE], store.change(() => setUp(setup, SECRET)))
  await expectOrder([RUNTIME_FILE], store.change(current => updateRuntime(current(), { start_block: 11 })))
})
