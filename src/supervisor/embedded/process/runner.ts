import { randomUUID } from 'node:crypto'
import type { ProcessKey } from '../../../machine/process-table.js'
import { within } from '../../../timing/deadline.js'
import { describePids } from '../../sentences.js'
import type { Log } from '../../supervisor.js'
import type { ProgramFacts } from '../program-state.js'
import { endRun, type RunToEnd } from './run-end.js'
import type { RunRecord, RunRecords } from './run-records.js'
import type { RunIdentity } from './run-table.js'
import { spawnRun, type Run, type SpawnOptions } from './spawn-run.js'

/** The time that Node may take to report the end of a process which has left the process table. */
const EXIT_LIMIT_MS = 1_000
/** The time after which a launcher such as setpriv(1) has surely become the program, which is another executable. */
const LAUNCH_MS = 1_000

export interface RunnerOptions extends Omit<SpawnOptions, 'runId'> {
  records: RunRecords
  /** What an earlier service has left of the program. */
  record: RunRecord | undefined
  /** Ends every grace period. */
  hurry: AbortSignal
  log: Log
}

/** Spawns the runs of a program, ends their processes, and keeps the record of the newest one. */
export function createRunner (options: RunnerOptions) {
  const { configuration, table, cgroups, records, record, hurry, log } = options
  const { name: program, killAsGroup, stopSignal: signal, stopAsGroup: asGroup, stopWaitSeconds } = configuration
  const supervisor = keyOf(table.entry(process.pid))
  /** The runs that may still have processes. */
  const remains = new Set<RunIdentity>()
  let newest: RunIdentity | null = record === undefined ? null : { runId: record.runId, leader: record.leader, endedAt: null }
  if (newest !== null && record?.ended === false) remains.add(newest)

  /** Throws an Error with the reason why nothing was spawned. */
  async function begin (facts: ProgramFacts): Promise<Run> {
    // Two runs must never share a port, so killasgroup=false does not count here.
    facts.remaining = (await endRemains({ stop: null, killAsGroup: true })).survivors
    if (facts.remaining.length > 0) throw new Error(`${describePids(facts.remaining)} of an earlier run cannot be ended`)
    const runId = randomUUID()
    // The record comes before the spawn, so that the next service finds whatever the run starts.
    const beginning = { ...facts, started_at: new Date().toISOString(), stopped_at: null, exit_code: null, exit_signal: null }
    await save({ run: { runId, leader: null, endedAt: null }, ended: false, facts: beginning }).catch((error: NodeJS.ErrnoException) => {
      throw new Error(`the record of the run cannot be written: ${error.code}`, { cause: error })
    })
    const run = await spawnRun({ ...options, runId })
    newest = run.identity
    log.info({ program, pid: run.pid }, 'program spawned')
    return run
  }

  /** Ends all processes of all runs. `run` is the one whose leader was alive. Throws when the process table cannot be read. */
  async function end (run: Run | null): ReturnType<typeof endRemains> {
    const left = await endRemains({ stop: { signal, asGroup, graceMs: stopWaitSeconds * 1000 }, killAsGroup, hurry })
    if (run !== null) {
      await within(EXIT_LIMIT_MS, run.exited, () => null)
      await run.output.finish()
    }
    return left
  }

  /** Returns what is left of all runs. */
  async function endRemains (how: Pick<RunToEnd, 'stop' | 'killAsGroup' | 'hurry'>) {
    const ended = await Promise.all([...remains].map(async run => {
      const left = await endRun({ table, cgroups, run, ...how })
      if (left.survivors.length === 0) remains.delete(run)
      return left
    }))
    return { survivors: union(ended.map(({ survivors }) => survivors)), unseen: union(ended.map(({ unseen }) => unseen)) }
  }

  async function updateRecord (facts: ProgramFacts): Promise<void> {
    const ended = facts.pid === null && remains.size === 0
    const written = newest === null ? records.remove(program) : save({ run: newest, ended, facts })
    await written.catch(error => { log.warn({ program, err: error }, 'the record of the run cannot be written') })
  }

  /** Throws file system errors. */
  async function save ({ run, ended, facts }: { run: RunIdentity, ended: boolean, facts: ProgramFacts }): Promise<void> {
    const isLaunched = facts.state === 'RUNNING' && performance.now() - facts.startedAtMonotonic >= LAUNCH_MS
    await records.save({
      program,
      bootId: table.bootId,
      supervisor,
      runId: run.runId,
      leader: run.leader !== null && isLaunched ? { ...keyOf(run.leader), executable: table.executable(run.leader.pid) } : keyOf(run.leader),
      ended,
      startedAt: facts.started_at,
      stoppedAt: facts.stopped_at,
      exitCode: facts.exit_code,
      exitSignal: facts.exit_signal,
    })
  }

  return {
    begin,
    /** Notes that processes of the run may be left over. */
    giveUp: (run: Run) => { remains.add(run.identity) },
    /** Tells whether no run has left processes over. */
    isClear: () => remains.size === 0,
    end,
    /** Ends what a run has left over. The leader is gone, so nothing gets a grace period. */
    async clearUp (run: Run) {
      await endRemains({ stop: null, killAsGroup })
      await run.output.finish()
    },
    updateRecord,
  }
}

function keyOf<Key extends ProcessKey | null> (process: Key): ProcessKey | (Key & null) {
  return process && { pid: process.pid, startTicks: process.startTicks }
}

function union (lists: number[][]): number[] {
  return [...new Set(lists.flat())]
}
