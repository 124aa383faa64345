import { randomUUID } from 'node:crypto'
import { CodedError } from '../../errors.js'
import { createAttempt, type Attempt, type BegunAttempt } from './process/attempt.js'
import type { Log } from '../log.js'
import { withinTime } from './process/pause.js'
import type { ProcessEntry } from '../../machine/process-table.js'
import type { RunTable, RunIdentity } from './process/run-table.js'
import type { ProgramConfiguration } from './program-conf.js'
import { describeExit, factsFrom, isRestartedAfter, type ProgramFacts } from './program-facts.js'
import type { ProgramLog, RunOutput } from './log/program-log.js'
import { createProgramRecord } from './process/program-record.js'
import { createRemains } from './process/remains.js'
import type { RunCgroups } from './process/run-cgroups.js'
import type { RunRecord, RunRecords } from './process/run-records.js'
import { createSerial } from '../../timing/serial.js'
import { spawnRun, type Run, type RunExit } from './process/spawn-run.js'

/** Supervisor looks after its programs once a second: no program that was RUNNING is spawned more often by itself. */
const RESTART_INTERVAL_MS = 1_000
/** How long Node may take to tell the exit of a process that the process table shows no more. */
const EXIT_LIMIT_MS = 1_000

export type HaltOutcome = 'done' | 'unchanged' | 'failed'

export interface Lifecycle {
  facts: Readonly<ProgramFacts>
  /** The try that is under way (`isJoined`), or one begun now; null when the program is RUNNING. */
  start (): Promise<BegunAttempt | null>
  stop (): Promise<HaltOutcome>
  /**
   * Stop and start without another operation between them; null when the stop failed. A restart that still waits for the
   * stop serves everybody who asks for one meanwhile.
   */
  restart (): Promise<BegunAttempt | null>
  /** Stops, and refuses every start from now on. */
  close (): Promise<void>
}

export interface LifecycleOptions {
  configuration: ProgramConfiguration
  environment: NodeJS.ProcessEnv
  table: RunTable
  cgroups: RunCgroups
  records: RunRecords
  /** What an earlier service has left of the program. */
  record: RunRecord | undefined
  output: ProgramLog
  /** Ends every grace period. */
  hurry: AbortSignal
  log: Log
}

/** A program's states and transitions, by Supervisor's rules. Transitions run one at a time, in the order of the calls. */
export function createLifecycle ({ configuration, environment, table, cgroups, records, record, output, hurry, log }: LifecycleOptions): Lifecycle {
  const { name, startSeconds, startRetries, killAsGroup } = configuration
  const stop = { signal: configuration.stopSignal, asGroup: configuration.stopAsGroup, graceMs: configuration.stopWaitSeconds * 1000 }
  const facts = factsFrom(record)
  const serial = createSerial()
  const remains = createRemains({ table, cgroups })
  const programRecord = createProgramRecord({ program: name, table, records })
  let run: (Run & { output: RunOutput }) | null = null
  let newest: RunIdentity | null = record === undefined ? null : { runId: record.runId, leader: record.leader, endedAt: null }
  let attempt: Attempt | null = null
  let waitingRestart: Promise<Attempt | null> | null = null
  let timer: NodeJS.Timeout | null = null
  let failures = 0
  let isClosing = false
  if (newest !== null && record?.ended === false) remains.add(newest)

  async function launchByHand (): Promise<Attempt> {
    if (isClosing) throw new CodedError('SERVICE_STOPPING', 'The service is shutting down and starts nothing.')
    failures = 0
    facts.restarts = 0
    return await launch()
  }

  async function launch (): Promise<Attempt> {
    clearTimer()
    facts.state = 'STARTING'
    facts.description = null
    const begun = createAttempt()
    attempt = begun
    try {
      await beginRun(begun)
    } catch (error) {
      facts.exit = null
      fail((error as Error).message)
    }
    await updateRecord()
    return begun
  }

  async function beginRun (begun: Attempt): Promise<void> {
    // Two runs must never share a port, so here killasgroup=false does not count.
    const { survivors } = await remains.end({ stop: null, killAsGroup: true })
    facts.remaining = pidsOf(survivors)
    if (survivors.length > 0) throw new Error(`${describeSurvivors(survivors)} of an earlier run cannot be ended`)
    const runId = randomUUID()
    await programRecord.announce(runId).catch((error: NodeJS.ErrnoException) => {
      throw new Error(`the record of the run cannot be written: ${error.code}`, { cause: error })
    })
    const spawned = await spawnRun({ configuration, environment, runId, table, cgroups })
    begun.output = output.attach(spawned.child)
    const current = { ...spawned, output: begun.output }
    run = current
    newest = current.identity
    facts.pid = current.pid
    facts.startedAt = new Date().toISOString()
    facts.startedAtMonotonic = performance.now()
    facts.stoppedAt = null
    log.info({ program: name, pid: current.pid }, 'program spawned')
    current.exited.then((exit) => onExit(current, exit))
    if (startSeconds === 0) becomeRunning()
    // Timers count whole milliseconds and may be early by the rest of one.
    else timer = setTimeout(onStartSecondsOver, startSeconds * 1000 + 1)
  }

  function onStartSecondsOver (): void {
    timer = null
    const leader = run?.identity.leader
    // When the process has ended and Node is late to say so, its exit event will settle the attempt.
    if (!leader || !table.isAlive(leader)) return
    becomeRunning()
    inBackground(updateRecord)
  }

  function becomeRunning (): void {
    facts.state = 'RUNNING'
    failures = 0
    attempt?.settle('up')
  }

  function onExit (ended: NonNullable<typeof run>, exit: RunExit): void {
    // A stop that failed has given up this run before.
    if (run !== ended) return
    run = null
    facts.pid = null
    facts.exit = exit
    facts.stoppedAt = new Date().toISOString()
    log.info({ program: name, pid: ended.pid, ...exit }, 'program ended')
    if (facts.state === 'STOPPING') return
    remains.add(ended.identity)
    clearTimer()
    if (facts.state === 'STARTING') fail(`${describeExit(exit)} before it was up for ${startSeconds} s`)
    else becomeExited(exit)
    inBackground(async () => await clearUp(ended))
  }

  function becomeExited (exit: RunExit): void {
    facts.state = 'EXITED'
    facts.description = describeExit(exit)
    if (!isRestartedAfter({ exit, configuration })) return
    scheduleRestart(Math.max(0, facts.startedAtMonotonic + RESTART_INTERVAL_MS - performance.now()))
  }

  function fail (reason: string): void {
    failures += 1
    facts.description = `${reason} (attempt ${failures} of ${startRetries + 1})`
    facts.state = failures > startRetries ? 'FATAL' : 'BACKOFF'
    log.warn({ program: name, state: facts.state, description: facts.description }, 'program did not come up')
    if (facts.state === 'BACKOFF') scheduleRestart(failures * 1000)
    attempt?.settle('failed')
  }

  function scheduleRestart (milliseconds: number): void {
    const own = setTimeout(() => {
      inBackground(async () => {
        if (timer !== own) return
        facts.restarts += 1
        await launch()
      })
    }, milliseconds)
    timer = own
  }

  /** What nobody waits for. It fails where even the process table cannot be read; the next transition looks again. */
  function inBackground (task: () => Promise<void>): void {
    serial(task).catch((error) => log.warn({ program: name, err: error }, 'the supervisor could not look after the program'))
  }

  function clearTimer (): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  /** After an exit that nobody asked for: what the process has left over gets no grace, its leader being gone. */
  async function clearUp (ended: NonNullable<typeof run>): Promise<void> {
    await remains.end({ stop: null, killAsGroup })
    await ended.output.finish()
    await updateRecord()
  }

  /** `successor`: the attempt of the restart that this is the first half of. */
  async function halt (successor?: Promise<Attempt | null>): Promise<HaltOutcome> {
    const ending = run
    if (ending === null && timer === null && remains.isEmpty()) return 'unchanged'
    clearTimer()
    if (ending !== null) {
      facts.state = 'STOPPING'
      facts.description = null
      remains.add(ending.identity)
    }
    attempt?.settle(successor === undefined ? 'stopped' : { replacedBy: successor })
    const { survivors, unseen } = await remains.end({ stop, killAsGroup, hurry })
    if (ending !== null) {
      await withinTime({ milliseconds: EXIT_LIMIT_MS, operation: ending.exited, late: () => null })
      await ending.output.finish()
    }
    run = null
    facts.pid = null
    facts.state = survivors.length === 0 ? 'STOPPED' : 'UNKNOWN'
    facts.description = describeHalt({ survivors, unseen })
    facts.remaining = pidsOf(survivors)
    await updateRecord()
    log.info({ program: name, state: facts.state, description: facts.description }, 'program stopped')
    return survivors.length === 0 ? 'done' : 'failed'
  }

  async function updateRecord (): Promise<void> {
    try {
      await programRecord.update({ run: newest, ended: run === null && remains.isEmpty(), facts })
    } catch (error) {
      log.warn({ program: name, err: error }, 'the record of the run cannot be written')
    }
  }

  async function restart (): Promise<BegunAttempt | null> {
    const isJoined = waitingRestart !== null
    const attempt = await (waitingRestart ??= restartAlone())
    return attempt && { attempt, isJoined }
  }

  function restartAlone (): Promise<Attempt | null> {
    const own: Promise<Attempt | null> = serial(async () => {
      const outcome = await halt(own).finally(() => {
        if (waitingRestart === own) waitingRestart = null
      })
      return outcome === 'failed' ? null : await launchByHand()
    })
    return own
  }

  async function stopNow (): Promise<HaltOutcome> {
    // A restart that is asked for from now on comes behind this stop.
    waitingRestart = null
    return await serial(async () => await halt())
  }

  return {
    facts,
    start: async () => await serial(async () => {
      if (facts.state === 'RUNNING') return null
      const joined = facts.state === 'STARTING' ? attempt : null
      return { attempt: joined ?? await launchByHand(), isJoined: joined !== null }
    }),
    stop: stopNow,
    restart,
    async close () {
      isClosing = true
      await stopNow()
      await serial(output.close)
    },
  }
}

function describeHalt ({ survivors, unseen }: { survivors: ProcessEntry[], unseen: ProcessEntry[] }): string | null {
  if (survivors.length > 0) return `${describeSurvivors(survivors)} could not be ended`
  if (unseen.length === 0) return null
  return `stopped; whether ${describeSurvivors(unseen)} began with the program cannot be told: they are another user's`
}

function describeSurvivors (survivors: ProcessEntry[]): string {
  return `pid ${pidsOf(survivors).join(', ')}`
}

function pidsOf (entries: ProcessEntry[]): number[] {
  return entries.map(({ pid }) => pid)
}
