import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { addGenerator, removeGenerator, setUp, updateGenerator, updateRuntime } from '../../src/config/changes.js'
import { GENERATOR_FILE, RUNTIME_FILE } from '../../src/config/pair/files.js'
import { createConfigPair } from '../../src/config/pair/pair.js'
import { type Change, createConfigurationStore } from '../../src/config/store.js'
import { failingFiles, stoppingFiles } from '../fixtures/failing-files.js'
import { SECRET } from '../fixtures/configuration.js'
import { address, configurationSetup, generator, generatorUpdate, runtimeUpdate } from './arbitraries.js'
import { type Asked, type Belief, expectation } from './model.js'
import { holds } from './runs.js'

/** `together` asks at once. `crash` ends the process before its nth file call. `fault` makes the nth file call fail. */
type Step =
  | { kind: 'together', asked: Asked[] }
  | { kind: 'crash' | 'fault', asked: Asked, nth: number }
  | { kind: 'reopen' }

const setupAsked = fc.record({ kind: fc.constant('setup' as const), setup: configurationSetup })
const asked: fc.Arbitrary<Asked> = fc.oneof(
  { weight: 1, arbitrary: setupAsked },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('update' as const), update: runtimeUpdate }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('add' as const), generator }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('change' as const), update: generatorUpdate }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), address }) }
)
const nth = fc.integer({ min: 1, max: 45 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('together' as const), asked: fc.array(asked, { minLength: 1, maxLength: 4 })
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('crash' as const, 'fault' as const), asked, nth }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) }
)

/**
 * Most histories begin with a setup, or with a crash during the first one. The service refuses everything else before a
 * setup.
 */
const firstSteps: fc.Arbitrary<Step[]> = fc.oneof(
  { weight: 6, arbitrary: setupAsked.map((setup): Step[] => [{ kind: 'together', asked: [setup] }]) },
  { weight: 2, arbitrary: fc.tuple(setupAsked, nth).map(([asked, nth]): Step[] => [{ kind: 'crash', asked, nth }]) },
  { weight: 1, arbitrary: fc.constant<Step[]>([]) }
)
const history = fc.tuple(
  firstSteps, fc.array(step, { minLength: 1, maxLength: 12 })
).map(([first, steps]) => [...first, ...steps])

function changeOf (asked: Asked): Change {
  switch (asked.kind) {
    case 'setup': return () => setUp(asked.setup, SECRET)
    case 'update': return current => updateRuntime(current(), asked.update)
    case 'add': return current => addGenerator(current(), asked.generator, SECRET)
    case 'change': return current => updateGenerator(current(), asked.update)
    case 'remove': return current => removeGenerator(current(), asked.address)
  }
}

/** The files as a generator reads them, in the terms of the model. Every generator has the enclave's key. */
async function readDisk (folder: string): Promise<Belief | null> {
  const texts = await Promise.all([
    GENERATOR_FILE, RUNTIME_FILE
  ].map(async file => await readFile(join(folder, file), 'utf8').catch(() => null)))
  if (texts[0] == null && texts[1] == null) return null
  const generators: Record<string, any>[] = JSON.parse(String(texts[0])).generator_config
  const { params_path: path, ...runtime } = JSON.parse(String(texts[1])).runtime_config
  assert.equal(path, './params/')
  return {
    generators: new Map(generators.map(({ address, ecies_private_key: secret, ...rest }) => {
      assert.equal(secret, SECRET)
      return [address.toLowerCase(), rest as { data: string, supported_markets: string[] }]
    })),
    runtime,
  }
}

const seen = { changes: 0, refused: 0, crashes: 0, faults: 0 }

async function play (folder: string, steps: Step[]): Promise<void> {
  let belief: Belief | null = null
  const open = (files?: ReturnType<typeof failingFiles>['files']) =>
    createConfigurationStore({ pair: createConfigPair({ folder, ...files && { files } }) })
  let store = open()

  async function reopen (): Promise<void> {
    await createConfigPair({ folder }).removeLeftovers()
    store = open()
    await store.read().catch(error => assert.equal(error.code, belief === null ? 'CONFIG_NOT_FOUND' : null))
  }

  async function askTogether (all: Asked[]): Promise<void> {
    const outcomes = await Promise.allSettled(all.map(async one => await store.change(changeOf(one))))
    for (const [index, outcome] of outcomes.entries()) {
      const expected = expectation(belief, all[index]!)
      assert.equal(
        outcome.status === 'rejected' ? outcome.reason.code : 'done', typeof expected === 'string' ? expected : 'done'
      )
      if (typeof expected === 'string') seen.refused += 1
      else belief = expected
      seen.changes += 1
    }
  }

  /** The nth call fails, once. The answer tells which state is in force. */
  async function fail (one: Asked, nth: number): Promise<void> {
    const { files, calls } = failingFiles({ nth, forGood: false })
    const outcome = await open(files).change(changeOf(one)).then(() => 'done', error => error.code)
    const expected = expectation(belief, one)
    if (outcome === 'done') belief = expected as Belief
    else assert.ok(outcome === 'STORAGE_FAILED' || outcome === expected, outcome)
    if (calls() >= nth) seen.faults += 1
    store = open()
  }

  /** The process ends before its nth call. The files hold the old state or the new one. */
  async function crash (one: Asked, nth: number): Promise<void> {
    const { files, stopped, release } = stoppingFiles({ nth })
    const answered = open(files).change(changeOf(one)).then(() => true, () => true)
    const isCrash = await Promise.race([answered.then(() => false), stopped.then(() => true)])
    await release()
    const expected = expectation(belief, one)
    const disk = await readDisk(folder)
    const isNew = typeof expected !== 'string' && (!isCrash || !isSame(disk, belief))
    if (isNew) belief = expected
    if (isCrash) seen.crashes += 1
    await reopen()
  }

  for (const one of steps) {
    if (one.kind === 'together') await askTogether(one.asked)
    if (one.kind === 'reopen') await reopen()
    if (one.kind === 'fault') await fail(one.asked, one.nth)
    if (one.kind === 'crash') await crash(one.asked, one.nth)
    assert.deepEqual(await readDisk(folder), belief)
  }
}

function isSame (one: unknown, other: unknown): boolean {
  try {
    assert.deepEqual(one, other)
    return true
  } catch {
    return false
  }
}

t.test('whatever is asked, and wherever it crashes or fails, the files hold what was answered', {
  timeout: 3_600_000
}, async t => {
  await holds(t, fc.asyncProperty(history, async steps => {
    const folder = await mkdtemp(join(tmpdir(), 'history-'))
    try {
      await play(folder, steps)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }))
  t.comment(
    `${seen.changes} changes, ${seen.refused} of them refused, ${seen.crashes} crashes, ${seen.faults} failed calls`
  )
  t.ok(seen.crashes > 0 && seen.faults > 0 && seen.changes > seen.refused)
})
