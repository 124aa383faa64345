import { isDeepStrictEqual } from 'node:util'
import type { Preflight } from '../chain/preflight.js'
import { assertStartable } from '../chain/verdict.js'
import type { ConfigurationStore } from '../config/store.js'
import { CodedError } from '../errors.js'
import type { OperationResult, ProcessInfo, Supervisor } from './supervisor.js'

/** The programs that the API may control, each started only after the checks on the chain. */
export function createProgramControl ({ supervisor, configuration, preflight, managedPrograms }: {
  supervisor: Supervisor, configuration: ConfigurationStore, preflight: Preflight, managedPrograms: string[]
}) {
  /**
   * Processes that were started here, and when what they found had last changed. For others, such as those that a supervisor has
   * restarted by itself, or that came up beside a change, only times can be compared, which a clock that is set back spoils.
   */
  const launched = new Map<string, { pid: number | null, changedAt: Awaited<ReturnType<ConfigurationStore['changedAt']>> }>()

  /** The name of a program that may be controlled. Throws PROGRAM_NOT_MANAGED. */
  function managed (program: string): string {
    if (managedPrograms.includes(program)) return program
    throw new CodedError('PROGRAM_NOT_MANAGED',
      `program_name: ${program} is not one of the programs that may be controlled (MANAGED_PROGRAMS: ${managedPrograms.join(', ')})`,
      { data: { field: 'program_name' } })
  }

  async function status (program: string): Promise<ProcessInfo> {
    return await supervisor.status(program)
  }

  /** Throws CONFIG_NOT_FOUND, PREFLIGHT_FAILED, RPC_UNAVAILABLE, PROGRAM_START_FAILED and the supervisor's errors. */
  async function start (program: string): Promise<OperationResult> {
    return await launch(program, supervisor.start)
  }

  async function restart (program: string): Promise<OperationResult> {
    return await launch(program, supervisor.restart)
  }

  async function launch (program: string, run: Supervisor['start']): Promise<OperationResult> {
    const asked = performance.now()
    assertStartable(await preflight.checkAll(await configuration.read()))
    const changedAt = await configuration.changedAt()
    const result = await run(program, { waitedMs: performance.now() - asked })
    const isCertain = result.outcome === 'done' && isDeepStrictEqual(changedAt, await configuration.changedAt())
    if (isCertain) launched.set(program, { pid: result.process.pid, changedAt })
    return assertStarted(program, result)
  }

  /** Throws PROGRAM_STOP_FAILED and the supervisor's errors. */
  async function stop (program: string): Promise<OperationResult> {
    const result = await supervisor.stop(program)
    if (result.outcome === 'failed') {
      throw new CodedError('PROGRAM_STOP_FAILED',
        `${program} is not gone: ${withoutFolders(result.process.description) ?? `it is ${result.process.state}`}`,
        { data: failureData(result) })
    }
    return result
  }

  /**
   * Whether the program runs with an older configuration than the one on disk, which it reads once, at its start.
   * False where the supervisor cannot tell: the change itself must not fail for it.
   */
  async function needsRestart (program: string): Promise<boolean> {
    const process = await supervisor.status(program).catch(() => null)
    if (process?.pid == null) return false
    const changedAt = await configuration.changedAt()
    const known = launched.get(program)
    if (known?.pid === process.pid) return !isDeepStrictEqual(known.changedAt, changedAt)
    return process.started_at !== null && Date.parse(process.started_at) < Math.max(...Object.values(changedAt).map(Number))
  }

  return { names: managedPrograms, managed, status, start, restart, stop, needsRestart }
}

export type ProgramControl = ReturnType<typeof createProgramControl>

function assertStarted (program: string, result: OperationResult): OperationResult {
  if (result.outcome !== 'failed') return result
  throw new CodedError('PROGRAM_START_FAILED',
    `${program} did not stay up: ${withoutFolders(result.process.description) ?? exitOf(result.process)}. Its last log lines are in data.log_tail`,
    { data: failureData(result) })
}

/** A supervisor's remark without the folders of the paths in it: they are nothing for an answer that tells of a fault. */
function withoutFolders (description: string | null): string | null {
  return description?.replaceAll(/(?<=^|[\s"'(])\/(?:[^\s"'()/]*\/)*(?=[^\s"'()/])/g, '') ?? null
}

function failureData ({ process, log_tail: logTail }: Extract<OperationResult, { outcome: 'failed' }>) {
  const { state, exit_code: exitCode, exit_signal: exitSignal } = process
  return { state, exit_code: exitCode, exit_signal: exitSignal, log_tail: logTail }
}

function exitOf ({ exit_code: code, exit_signal: signal }: ProcessInfo): string {
  if (signal !== null) return `ended by ${signal}`
  return code === null ? 'ended' : `exited with code ${code}`
}
