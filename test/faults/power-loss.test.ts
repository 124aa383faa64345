import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { addGenerator, setUp, updateRuntime } from '../../src/config/changes.js'
import { GENERATOR_FILE, print } from '../../src/config/pair/files.js'
import { createConfigPair } from '../../src/config/pair/pair.js'
import { type Change, type ConfigurationStore, createConfigurationStore } from '../../src/config/store.js'
import { numberedGenerator, SECRET, setup } from '../fixtures/configuration.js'
import type { Disk } from '../fixtures/power-loss/disk.js'
import { recordSteps } from '../fixtures/power-loss/recorder.js'
import { statesAfterLoss } from '../fixtures/power-loss/states.js'
import { count } from '../count.js'
import { random } from '../random.js'

const HISTORIES = count('FAULT_POWER_HISTORIES', 2)
const CHANGES_PER_HISTORY = 6
const tally = { states: 0, weak: 0 }

const first: Change = () => setUp(setup, SECRET)
const second: Change = () => setUp({ ...setup, runtime_config: { ...setup.runtime_config, chain_id: 43 } }, SECRET)
const update = (block: number): Change => current => updateRuntime(current(), { start_block: block })
const add = (number: number): Change => current => addGenerator(current(), numberedGenerator(number), SECRET)

function openStore (folder: string, files?: Parameters<typeof createConfigPair>[0]['files']): ConfigurationStore {
  return createConfigurationStore({ pair: createConfigPair({ folder, ...files && { files } }) })
}

/** The configuration that a start finds, as text, or the code of the error. */
async function whatStarts (folder: string): Promise<string> {
  const pair = createConfigPair({ folder })
  await pair.removeLeftovers()
  return await createConfigurationStore({ pair }).read().then(JSON.stringify, error => error.code)
}

/** Caches by the text of the disk. Many states differ only in their answers. */
const started = new Map<string, Promise<string>>()

async function whatStartsFrom (disk: Disk): Promise<string> {
  const text = disk.describe()
  if (!started.has(text)) started.set(text, startFrom(disk))
  return await started.get(text)!
}

async function startFrom (disk: Disk): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'power-'))
  try {
    await disk.restore(folder)
    return await whatStarts(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Makes the changes, then starts from every disk that a loss of power may leave. Each start must find the last answered
 * change, or the one under way. It must have the text `kept`. There may be none until a damaged pair is replaced.
 */
async function expectNoWeakState (t: Test, folder: string, changes: Change[], { kept = '' } = {}): Promise<void> {
  const { files, initial, steps, answer } = await recordSteps(folder)
  const store = openStore(folder, files)
  const outcomes = [await whatStartsFrom(initial)]
  for (const change of changes) {
    outcomes.push(JSON.stringify(await store.change(change)))
    answer()
  }
  const weak: Record<string, number> = {}
  let states = 0
  for (const { disk, answered } of statesAfterLoss(initial, steps)) {
    states += 1
    const outcome = await whatStartsFrom(disk)
    const expected = outcomes.slice(answered, answered + 2)
    if (expected[0] === 'CONFIG_CORRUPT') expected.push('CONFIG_NOT_FOUND')
    if (expected.includes(outcome) && disk.describe().includes(kept)) continue
    const problem = expected.includes(outcome)
      ? 'what was to be kept is lost'
      : outcome.startsWith('{')
        ? 'another configuration'
        : outcome
    weak[`${problem} after ${answered} answers`] = (weak[`${problem} after ${answered} answers`] ?? 0) + 1
  }
  t.ok(states > changes.length, `${states} states`)
  t.same(weak, {}, 'each state starts with what was answered last, or what was under way')
  tally.states += states
  tally.weak += Object.values(weak).reduce((sum, one) => sum + one, 0)
}

t.test('a loss of power in the first setup and the changes after it', async t => {
  await expectNoWeakState(t, t.testdir(), [first, update(11), second])
})

t.test('a change that goes back to a version that has just been removed', async t => {
  await expectNoWeakState(t, t.testdir(), [first, update(11), first, update(11)])
})

t.test('a loss of power while the original service\'s files become links', async t => {
  const folder = t.testdir()
  for (const [file, text] of Object.entries(print(setUp(setup, SECRET)))) await writeFile(join(folder, file), text)
  await expectNoWeakState(t, folder, [update(11)])
})

t.test('a loss of power while files of an older format are replaced: they are kept', async t => {
  const folder = t.testdir()
  const texts = print(setUp(setup, SECRET))
  const generators = JSON.stringify({
    generator_config: JSON.parse(texts[GENERATOR_FILE]).generator_config[0], note: 'of old'
  })
  for (const [file, text] of Object.entries({ ...texts, [GENERATOR_FILE]: generators })) {
    await writeFile(join(folder, file), text)
  }
  await expectNoWeakState(t, folder, [update(11), update(12)], { kept: 'of old' })
})

t.test('a loss of power while a damaged pair is replaced', async t => {
  await expectNoWeakState(t, t.testdir({ [GENERATOR_FILE]: 'flipped' }), [first], { kept: 'flipped' })
  const folder = t.testdir()
  await openStore(folder).change(first)
  await writeFile(join(folder, GENERATOR_FILE), 'flipped')
  await expectNoWeakState(t, folder, [second, update(11)], { kept: 'flipped' })
})

t.test('a damaged file that is a folder', async t => {
  const folder = t.testdir()
  await mkdir(join(folder, GENERATOR_FILE, 'inside'), { recursive: true })
  await expectNoWeakState(t, folder, [first], { kept: 'inside' })
})

t.test('histories of changes that are drawn at random', async t => {
  for (let history = 0; history < HISTORIES; history++) {
    const changes = Array.from({ length: CHANGES_PER_HISTORY }, (_, number) => {
      const kinds = [first, second, update(100 + number), update(10 + number % 2), add(1000 + number)]
      return number === 0 ? first : kinds[Math.floor(random() * kinds.length)]!
    })
    await expectNoWeakState(t, t.testdir(), changes)
  }
})

t.teardown(() => { t.comment(`${tally.weak} of ${tally.states} states are weak`) })
