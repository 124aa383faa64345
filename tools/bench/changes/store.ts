import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Configuration } from '../../../schemas/configuration.js'
import { setUp, updateGenerator, updateRuntime } from '../../../src/config/changes.js'
import { CONFIG_FILES, print, RUNTIME_FILE } from '../../../src/config/pair/files.js'
import { createConfigPair } from '../../../src/config/pair/pair.js'
import { createConfigurationStore } from '../../../src/config/store.js'
import { median, printTable } from '../measure.js'
import { numberedAddress, SETUP } from '../setup.js'
import { createLeastChange } from './least.js'

const ROUNDS = 300
const WARM_UP = 30

const updateOne = (configuration: Configuration, number: number) =>
  updateRuntime(configuration, { start_block: number })
const updateBoth = (configuration: Configuration, number: number) =>
  updateGenerator(updateOne(configuration, number), { address: numberedAddress(1), data: String(number) })

/** Measures a change without HTTP, and the least that is as durable, in turn. Each has a folder of its own on one disk. */
export async function measureStore (): Promise<void> {
  const rows = []
  for (const [name, update, isBoth] of [['both files', updateBoth, true], ['one file', updateOne, false]] as const) {
    const folders = [await newFolder(), await newFolder()] as const
    const least = createLeastChange(folders[0])
    const store = createConfigurationStore({ pair: createConfigPair({ folder: folders[1] }) })
    let configuration = await store.change(() => setUp(SETUP, '11'.repeat(32)))
    await least.write(print(configuration))
    const figures = { least: [] as Sample[], store: [] as Sample[] }

    const measureLeast = async (texts: Record<string, string | null>): Promise<void> => {
      const start = begin()
      await least.write(texts)
      least.clearUp([...CONFIG_FILES])
      figures.least.push(end(start))
    }
    const measureOurs = async (number: number): Promise<void> => {
      const start = begin()
      configuration = await store.change(current => update(current(), number))
      figures.store.push(end(start))
    }

    for (let round = 1; round <= WARM_UP + ROUNDS; round++) {
      const texts = print(update(configuration, round))
      const turns = [
        async () => await measureLeast(isBoth ? texts : { ...nothingNew, [RUNTIME_FILE]: texts[RUNTIME_FILE] }),
        async () => await measureOurs(round),
      ]
      for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn()
    }
    for (const folder of folders) await rm(folder, { recursive: true })
    const [floor, ours] = [figures.least, figures.store].map(samples => summarize(samples.slice(WARM_UP))) as [
      Sample,
      Sample
    ]
    rows.push([
      name,
      floor.ms.toFixed(2),
      ours.ms.toFixed(2),
      (ours.ms / floor.ms).toFixed(2),
      floor.cpuMs.toFixed(2),
      ours.cpuMs.toFixed(2),
    ])
  }
  printTable(
    [
      `a change of, median of ${ROUNDS}`,
      'the least that is as durable, ms',
      'the store, ms',
      'ratio (target: at most 1.3)',
      'CPU of the least, ms',
      'CPU of the store, ms',
    ],
    rows
  )
}

interface Sample { ms: number, cpuMs: number }

const nothingNew: Record<string, null> = Object.fromEntries(CONFIG_FILES.map(file => [file, null]))

async function newFolder (): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'generator-client-bench-'))
}

function begin () {
  return { time: performance.now(), cpu: process.cpuUsage() }
}

function end ({ time, cpu }: ReturnType<typeof begin>): Sample {
  const ms = performance.now() - time
  const { user, system } = process.cpuUsage(cpu)
  return { ms, cpuMs: (user + system) / 1000 }
}

/** The median time and the mean CPU time. */
function summarize (samples: Sample[]): Sample {
  return {
    ms: median(samples.map(({ ms }) => ms)), cpuMs: samples.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / samples.length
  }
}
