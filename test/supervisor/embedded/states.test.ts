import { test, type Test } from 'tap'
import type { Lifecycle } from '../../../src/supervisor/embedded/lifecycle.js'
import { createProgramState, TRANSITIONS } from '../../../src/supervisor/embedded/program-state.js'
import type { ProcessState } from '../../../src/supervisor/supervisor.js'
import { fixture, isAlive, until } from './helper.js'
import { buildLifecycle, createBreakableTable, createStuckTable, RUN_RECORD, STUCK, type Case } from './lifecycle.js'

const STATES = Object.keys(TRANSITIONS) as ProcessState[]
const ALLOWED = STATES.flatMap(from => TRANSITIONS[from].map(to => `${from} to ${to}`))

/** Leads a new program to a state, by the shortest way through the table. */
function inState (wanted: ProcessState): ReturnType<typeof createProgramState> {
  const program = createProgramState(undefined)
  const ways = new Map<ProcessState, ProcessState[]>([['STOPPED', []]])
  for (const [state, way] of ways) {
    for (const next of TRANSITIONS[state]) if (!ways.has(next)) ways.set(next, [...way, next])
  }
  for (const state of ways.get(wanted)!) program.enter(state)
  return program
}

test('a program enters only the states that may follow its own', async t => {
  for (const from of STATES) {
    for (const to of STATES) {
      const { facts, enter } = inState(from)
      if (ALLOWED.includes(`${from} to ${to}`)) {
        enter(to, 'because')
        t.match(facts, { state: to, description: 'because' })
        enter(TRANSITIONS[to][0]!)
        t.equal(facts.description, null, 'a description holds for one state only')
      } else {
        t.throws(() => enter(to), { message: `A program that is ${from} cannot become ${to}.` })
        t.equal(facts.state, from)
      }
    }
  }
})

test('a program goes through every transition of the table, and through no other', async t => {
  const seen = new Set<string>()

  async function build (given: Case): Promise<Lifecycle> {
    const lifecycle = await buildLifecycle(t as Test, given)
    let { state } = lifecycle.facts
    Object.defineProperty(lifecycle.facts, 'state', {
      get: () => state,
      set: (next: ProcessState) => {
        seen.add(`${state} to ${next}`)
        state = next
      },
    })
    return lifecycle
  }
  const become = async ({ facts }: Lifecycle, state: ProcessState) => await until(state, () => facts.state === state)
  const stay = fixture('stay')

  async function goUpAndDown (): Promise<void> {
    const program = await build({ options: { command: stay } })
    t.equal(await (await program.start())?.attempt.settled, 'up')
    t.equal(await program.stop(), 'done')
  }

  async function stopWhileStarting (): Promise<void> {
    const program = await build({ options: { command: stay, startsecs: 60 } })
    await program.start()
    t.equal(await program.stop(), 'done')
  }

  async function failToStart (): Promise<void> {
    const program = await build({ options: { command: '/bin/false', startretries: 1 } })
    await program.start()
    await become(program, 'FATAL')
    await program.start()
    await become(program, 'BACKOFF')
    t.equal(await program.stop(), 'done')
  }

  async function endByItself (): Promise<void> {
    const program = await build({ options: { command: '/bin/false', startsecs: 0, autorestart: true } })
    await program.start()
    await until('a restart', () => program.facts.restarts > 0 && program.facts.state === 'EXITED')
    t.equal(await program.stop(), 'done')
  }

  /** A stop cannot end what is left of a run that ended in the state. */
  async function leaveSomething (options: Case['options'], state: ProcessState): Promise<void> {
    const table = createStuckTable()
    const program = await build({ options: { command: '/bin/false', ...options }, table })
    await program.start()
    await become(program, state)
    t.equal(await program.stop(), 'failed')
    t.equal(await program.stop(), 'failed')
    await program.start()
    await become(program, 'FATAL')
    table.isStuck = false
    t.equal(await program.stop(), 'done')
  }

  async function leaveSomethingEarlier (): Promise<void> {
    const table = createStuckTable()
    const program = await build({
      options: { command: stay }, table, record: { ...RUN_RECORD, leader: { pid: STUCK.pid, startTicks: 1 } }
    })
    t.equal(await program.stop(), 'failed')
    table.isStuck = false
    t.equal(await program.stop(), 'done')
    t.equal(await (await build({ options: { command: stay }, record: RUN_RECORD })).stop(), 'done')
  }

  async function stopInVain (): Promise<void> {
    const table = createStuckTable()
    const program = await build({ options: { command: stay }, table })
    await program.start()
    await become(program, 'RUNNING')
    t.equal(await program.stop(), 'failed')
    table.isStuck = false
  }

  async function stopBlindly (): Promise<void> {
    const table = createBreakableTable()
    const program = await build({ options: { command: stay }, table })
    t.equal(await (await program.start())?.attempt.settled, 'up')
    const { pid } = program.facts
    table.isBroken = true
    await t.rejects(program.stop(), { code: 'EMFILE' })
    await t.rejects(program.stop(), { code: 'EMFILE' })
    table.isBroken = false
    t.equal(
      await (
        await program.start()
      )?.attempt.settled,
      'up',
      'the end of the earlier process is no failure of this start'
    )
    t.not(program.facts.pid, pid)
    t.notOk(isAlive(pid))
  }

  await Promise.all([
    goUpAndDown(),
    stopWhileStarting(),
    failToStart(),
    endByItself(),
    leaveSomethingEarlier(),
    stopInVain(),
    stopBlindly(),
    leaveSomething({ startretries: 3 }, 'BACKOFF'),
    leaveSomething({}, 'FATAL'),
    leaveSomething({ startsecs: 0, autorestart: false }, 'EXITED'),
  ])
  t.strictSame([...seen].sort(), [...ALLOWED].sort())
})
