import type { RunOutput } from './log/program-log.js'
import { createRunner, type RunnerOptions } from './process/runner.js'
import type { Run, RunExit } from './process/spawn-run.js'
import { createProgramState, describeExit, describeHalt } from './program-state.js'

/** Supervisor looks after its programs once a second, so it spawns no program that was RUNNING more often. */
const RESTART_INTERVAL_MS = 1_000

/**
 * `up`: the process stayed for startsecs. `stopped`: another request ended it before. `replacedBy`: a restart ended it
 * and gives the next attempt, or null when its stop failed.
 */
type AttemptEnd = 'up' | 'failed' | 'stopped' | { replacedBy: Promise<Attempt | null> }

/** One try to bring a program up. */
export interface Attempt {
  settled: Promise<AttemptEnd>
  /** Only the first call counts. */
  settle (end: AttemptEnd): void
  /** Null when nothing was spawned. */
  output: RunOutput | null
}

/** Leads a program from state to state by Supervisor's rules. `launch` and `halt` must come in turn, as by `inTurn`. */
export function createTransitions ({ inTurn, ...options }: RunnerOptions & { inTurn: (task: () => Promise<void>) => Promise<void> }) {
  const { configuration: { name: program, startSeconds, startRetries, autorestart, exitCodes }, log } = options
  const { facts, enter } = createProgramState(options.record)
  const runner = createRunner(options)
  let run: Run | null = null
  let attempt: Attempt | null = null
  let timer: NodeJS.Timeout | null = null
  let failures = 0

  /** A launch `byHand` counts failures and restarts anew. */
  async function launch ({ byHand }: { byHand: boolean }): Promise<Attempt> {
    clearTimer()
    // A stop that threw has left its run here.
    setRun(null)
    if (byHand) failures = 0
    facts.restarts = byHand ? 0 : facts.restarts + 1
    enter('STARTING')
    let settle!: Attempt['settle']
    const begun: Attempt = { settled: new Promise(resolve => { settle = resolve }), settle, output: null }
    attempt = begun
    try {
      const spawned = await runner.begin(facts)
      begun.output = spawned.output
      watch(spawned)
    } catch (error) {
      Object.assign(facts, { exit_code: null, exit_signal: null })
      fail((error as Error).message)
    }
    await runner.updateRecord(facts)
    return begun
  }

  function watch (spawned: Run): void {
    setRun(spawned)
    Object.assign(facts, { started_at: new Date().toISOString(), startedAtMonotonic: performance.now(), stopped_at: null })
    spawned.exited.then(exit => onExit(spawned, exit)).catch(reportTrouble)
    if (startSeconds === 0) becomeRunning()
    // A timer counts whole milliseconds and may be early by less than one.
    else timer = setTimeout(onStartSecondsOver, startSeconds * 1000 + 1)
  }

  function onStartSecondsOver (): void {
    timer = null
    const leader = run?.identity.leader
    // When the process has ended and Node is late to report it, its exit event settles the attempt.
    if (!leader || !options.table.isAlive(leader)) return
    becomeRunning()
    inBackground(async () => await runner.updateRecord(facts))
  }

  function becomeRunning (): void {
    enter('RUNNING')
    failures = 0
    attempt?.settle('up')
  }

  function onExit (ended: Run, exit: RunExit): void {
    if (run !== ended) return
    setRun(null)
    Object.assign(facts, { exit_code: exit.code, exit_signal: exit.signal, stopped_at: new Date().toISOString() })
    log.info({ program, pid: ended.pid, ...exit }, 'program ended')
    if (facts.state === 'STOPPING') return
    runner.giveUp(ended)
    clearTimer()
    if (facts.state === 'STARTING') fail(`${describeExit(exit)} before it was up for ${startSeconds} s`)
    else becomeExited(exit)
    inBackground(async () => {
      await runner.clearUp(ended)
      await runner.updateRecord(facts)
    })
  }

  function becomeExited (exit: RunExit): void {
    enter('EXITED', describeExit(exit))
    const isExpected = exit.code !== null && exitCodes.includes(exit.code)
    const isRestarted = autorestart === 'unexpected' ? !isExpected : autorestart
    if (isRestarted) scheduleLaunch(Math.max(0, facts.startedAtMonotonic + RESTART_INTERVAL_MS - performance.now()))
  }

  function fail (reason: string): void {
    failures += 1
    enter(failures > startRetries ? 'FATAL' : 'BACKOFF', `${reason} (attempt ${failures} of ${startRetries + 1})`)
    log.warn({ program, state: facts.state, description: facts.description }, 'program did not come up')
    if (facts.state === 'BACKOFF') scheduleLaunch(failures * 1000)
    attempt?.settle('failed')
  }

  function scheduleLaunch (milliseconds: number): void {
    const own = setTimeout(() => inBackground(async () => { if (timer === own) await launch({ byHand: false }) }), milliseconds)
    timer = own
  }

  /** `end` settles the attempt that is under way. Throws when the process table cannot be read. */
  async function halt (end: AttemptEnd): Promise<'done' | 'unchanged' | 'failed'> {
    const ending = run
    if (ending === null && timer === null && runner.isClear()) return 'unchanged'
    clearTimer()
    if (ending !== null) {
      enter('STOPPING')
      runner.giveUp(ending)
    }
    attempt?.settle(end)
    const left = await runner.end(ending)
    setRun(null)
    facts.remaining = left.survivors
    enter(left.survivors.length === 0 ? 'STOPPED' : 'UNKNOWN', describeHalt(left))
    await runner.updateRecord(facts)
    log.info({ program, state: facts.state, description: facts.description }, 'program stopped')
    return left.survivors.length === 0 ? 'done' : 'failed'
  }

  function setRun (next: Run | null): void {
    run = next
    facts.pid = next?.pid ?? null
  }

  function clearTimer (): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  function inBackground (task: () => Promise<void>): void {
    inTurn(task).catch(reportTrouble)
  }

  /** The process table cannot be read at the moment. The next transition looks again. */
  function reportTrouble (error: unknown): void {
    log.warn({ program, err: error }, 'the supervisor could not look after the program')
  }

  return { facts, attempt: () => attempt, launch, halt }
}
