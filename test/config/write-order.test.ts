import * as realFiles from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { setUp, updateRuntime } from '../../src/config/changes.js'
import { CONFIG_FILES, CURRENT, GENERATOR_FILE, print, RUNTIME_FILE } from '../../src/config/pair/files.js'
import { createConfigPair } from '../../src/config/pair/pair.js'
import { createConfigurationStore } from '../../src/config/store.js'
import { SECRET, setup } from '../fixtures/configuration.js'
import { recordedFiles } from '../fixtures/recorded-files.js'

/** Expects the calls in this order. Others may come between them. */
function expectInOrder (t: Test, done: string[], calls: string[], from = 0): void {
  let place = from - 1
  for (const call of calls) {
    place = done.indexOf(call, place + 1)
    t.ok(place !== -1, call, { done })
    if (place === -1) return
  }
}

/**
 * A kill leaves the page cache, a loss of power does not. test/faults/power-loss.test.ts starts from everything that it
 * may leave.
 */
t.test('the content of a change is on disk before its name, and both before the answer', async t => {
  const folder = t.testdir()
  const { files, done } = recordedFiles(folder)
  const store = createConfigurationStore({ pair: createConfigPair({ folder, files }) })

  /** Expects these calls in this order before the answer. Others may come between them. */
  async function expectOrder (files: string[], change: Promise<unknown>): Promise<void> {
    done.length = 0
    const previous = await realFiles.readlink(join(folder, CURRENT)).catch(() => '.version-none')
    await change
    done.push('answer')
    const version = await realFiles.readlink(join(folder, CURRENT))
    const written = files.map(file => join(version, file))
    const inForce = `rename ${CURRENT}.next ${CURRENT}`
    for (const path of written) {
      expectInOrder(t, done, [`open wx 600 ${path}`, `write ${path}`, `sync ${path}`, inForce])
      expectInOrder(t, done, [`open wx 600 ${path}`, `sync ${version}`, inForce])
    }
    expectInOrder(
      t,
      done,
      ['sync .', inForce, 'sync .', `rmdir ${previous}`, 'answer'].filter(call => call !== 'rmdir .version-none')
    )
    t.strictSame(
      done.filter(call => call.startsWith('write ')), written.map(path => `write ${path}`), 'nothing else is written'
    )
  }

  await expectOrder([GENERATOR_FILE, RUNTIME_FILE], store.change(() => setUp(setup, SECRET)))
  await expectOrder([RUNTIME_FILE], store.change(current => updateRuntime(current(), { start_block: 11 })))
})

t.test('the original service\'s files are links on disk before another version comes into force', async t => {
  const folder = t.testdir()
  const { files, done } = recordedFiles(folder)
  for (const [file, text] of Object.entries(print(setUp(setup, SECRET)))) {
    await realFiles.writeFile(join(folder, file), text)
  }
  const store = createConfigurationStore({ pair: createConfigPair({ folder, files }) })
  await store.change(current => updateRuntime(current(), { start_block: 11 }))
  const inForce = `rename ${CURRENT}.next ${CURRENT}`
  expectInOrder(t, done, [
    inForce, ...CONFIG_FILES.map(file => `rename ${file}.next ${file}`), 'sync .', inForce, 'sync .'
  ])
})

t.test('a version is removed once it is on disk that it is not in force', async t => {
  const folder = t.testdir()
  await createConfigPair({ folder }).write(print(setUp(setup, SECRET)))
  const { files, done } = recordedFiles(folder, { failing: 'sync .', after: `rename ${CURRENT}.next ${CURRENT}` })
  const store = createConfigurationStore({ pair: createConfigPair({ folder, files }) })
  await t.rejects(store.change(current => updateRuntime(current(), { start_block: 11 })), { code: 'STORAGE_FAILED' })
  const version = done.find(call => /^sync \.version-[^/]*$/.test(call))?.slice('sync '.length)
  expectInOrder(t, done, [
    `rename ${CURRENT}.next ${CURRENT}`, `rename ${CURRENT}.undo ${CURRENT}`, 'sync .', `rmdir ${version}`
  ])
})
