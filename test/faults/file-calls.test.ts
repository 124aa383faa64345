import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import type { Configuration } from '../../schemas/configuration.js'
import { addGenerator, removeGenerator, setUp, updateGenerator, updateRuntime } from '../../src/config/changes.js'
import { CONFIG_FILES, print } from '../../src/config/pair/files.js'
import { createConfigPair } from '../../src/config/pair/pair.js'
import { createConfigurationStore } from '../../src/config/store.js'
import { failingFiles, NEEDS_NO_SPACE } from '../fixtures/failing-files.js'
import { numberedAddress, numberedGenerator, SECRET, setup } from '../fixtures/configuration.js'
import { snapshot } from '../helper.js'
import { expectNothingPrinted } from '../leaks/printed.js'
import { count } from '../count.js'

const CODES = ['ENOSPC', 'EIO', 'EROFS', 'EMFILE']
/** 4 tries each call with each code. 1 lets the codes take turns. */
const CODES_PER_CALL = count('FAULT_CODES', 1)
/** Number of calls between two failed ones: 1 tries every call. */
const STEP = count('FAULT_STEP', 3)
/** Uses a disk in memory, if there is one. The faults are made here, not by the disk. */
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

const ONE = setUp(setup, SECRET)
const NEXT = setUp({ ...setup, generator_config: [numberedGenerator(8)] }, SECRET)

/** The fault from the nth call on. */
const FAULTS = {
  'one call fails': { forGood: false },
  'there is no space from then on': { forGood: true, spared: NEEDS_NO_SPACE },
  'every call fails from then on': { forGood: true },
}

/** The content of the folder before a change. */
const BEFORE: Record<string, (folder: string) => Promise<unknown>> = {
  pair: async folder => await open(folder).change(() => ONE),
  nothing: async () => {},
  'plain files': async folder => await writePlain(folder, print(ONE)),
  'plain files of an older format': async folder =>
    await writePlain(folder, { ...print(ONE), 'generator_config.json': JSON.stringify(ONE.generators) }),
  'damaged plain files': async folder => await writePlain(folder, { ...print(ONE), 'runtime_config.json': '{' }),
  'a damaged pair': async folder => {
    await open(folder).change(() => ONE)
    await writeFile(join(folder, 'runtime_config.json'), '{')
  },
}

interface Case { before: keyof typeof BEFORE, change: (current: Configuration) => Configuration }

const CASES: Record<string, Case> = {
  setup: { before: 'pair', change: () => setUp({ ...setup, generator_config: [numberedGenerator(7)] }, SECRET) },
  update: { before: 'pair', change: current => updateRuntime(current, { start_block: 99 }) },
  add: { before: 'pair', change: current => addGenerator(current, numberedGenerator(2), SECRET) },
  'change of a generator': {
    before: 'pair', change: current => updateGenerator(current, { address: numberedAddress(1), data: 'other' })
  },
  remove: { before: 'pair', change: current => removeGenerator(current, numberedAddress(1)) },
  'first setup': { before: 'nothing', change: () => ONE },
  'update of plain files': { before: 'plain files', change: current => updateRuntime(current, { start_block: 99 }) },
  'update of an older format': {
    before: 'plain files of an older format', change: current => updateRuntime(current, { start_block: 99 })
  },
  'setup over damaged plain files': { before: 'damaged plain files', change: () => ONE },
  'setup over a damaged pair': { before: 'a damaged pair', change: () => ONE },
}

function open (folder: string, files?: ReturnType<typeof failingFiles>['files']) {
  return createConfigurationStore({ pair: createConfigPair({ folder, ...files && { files } }) })
}

async function writePlain (folder: string, texts: Record<string, string>): Promise<void> {
  for (const file of CONFIG_FILES) await writeFile(join(folder, file), texts[file]!, { mode: 0o600 })
}

/** Reads the configuration in a folder as the next start does. Returns null if there is none, or a damaged one. */
async function inForce (folder: string): Promise<string | null> {
  return await open(folder).read().then(JSON.stringify, () => null)
}

const isKept = (name: string) => /\.replaced-/.test(name)

/** Describes what is wrong after the nth call of a change has failed. Returns null if there is no nth call. */
async function problemsAfter (
  { before, change }: Case,
  { nth, code, fault }: { nth: number, code: string, fault: keyof typeof FAULTS }
): Promise<string[] | null> {
  const folder = await mkdtemp(join(PLACE, 'file-calls-'))
  try {
    await BEFORE[before]!(folder)
    const [filesBefore, configurationBefore] = [await snapshot(folder), await inForce(folder)]
    const { files, calls, mend } = failingFiles({ nth, code, ...FAULTS[fault] })
    const store = open(folder, files)
    const answer = await store
      .change(current => change(before.startsWith('pair') || before.startsWith('plain files') ? current() : ONE))
      .then(JSON.stringify, (error: { code: string, message: string }) => error)
    const problems: string[] = []
    const configuration = await inForce(folder)
    const filesAfter = await snapshot(folder)
    if (calls() < nth) return null
    if (typeof answer === 'string') {
      if (configuration !== answer) problems.push('answered, and not on disk')
    } else if (answer.code !== 'STORAGE_FAILED' || !answer.message.includes(`(${code})`)) {
      problems.push(`answered ${answer.code} ${answer.message}`)
    } else if (/is in force, but may be lost/.test(answer.message)) {
      if (fault !== 'every call fails from then on') problems.push('not taken back')
      if (configuration === null || configuration === configurationBefore) problems.push('not in force')
    } else {
      if (configuration !== configurationBefore) problems.push(`in force: ${configuration}`)
      const texts = Object.values(filesAfter)
      for (const [name, text] of Object.entries(filesBefore)) {
        if (!texts.includes(text)) problems.push(`${name} is lost`)
      }
      // The store first turns plain files into a pair of the same content.
      const isAdopted = (name: string) =>
        before.startsWith('plain files') && /^\.(current|version)/.test(name) && '.current' in filesAfter
      const left = Object.keys(filesAfter).filter(name => !(name in filesBefore) && !isKept(name) && !isAdopted(name))
      if (fault === 'one call fails' && left.length > 0) problems.push(`left: ${left.join()}`)
    }
    mend()
    await store.change(() => NEXT)
    // The folder tells both keys by now. The log has the cause of each error.
    if (typeof answer !== 'string') expectNothingPrinted(inspect(answer), { folder, apiKeys: [] })
    if (await inForce(folder) !== JSON.stringify(NEXT)) problems.push('the next change is not on disk')
    const names = Object.keys(await snapshot(folder)).filter(name => !isKept(name) && !name.includes('/'))
    if (names.length !== 4) problems.push(`left after the next change: ${names.join()}`)
    return problems
  } finally {
    await rm(folder, { recursive: true })
  }
}

t.test('file calls of every change fail: nothing is lost, the next change clears up', { timeout: 600_000 }, async t => {
  let faults = 0
  for (const fault of Object.keys(FAULTS) as (keyof typeof FAULTS)[]) {
    for (const [name, one] of Object.entries(CASES)) {
      for (let nth = 1 + faults % STEP, isLast = false; !isLast; nth += STEP) {
        for (let index = 0; index < CODES_PER_CALL; index++) {
          const code = CODES[(nth + index) % CODES.length]!
          const problems = await problemsAfter(one, { nth, code, fault })
          isLast = problems === null
          if (problems === null) continue
          faults += 1
          if (problems.length > 0) t.fail(`${fault}, ${code}, call ${nth} of ${name}`, { problems })
        }
      }
    }
  }
  t.comment(
    `${faults} faults: ${Object.keys(FAULTS).join('; ')}; at ${STEP === 1 ? 'every file call' : `one of ${STEP} file calls`} of ${Object.keys(CASES).join(', ')}`
  )
  t.ok(faults > 900 / STEP)
})
