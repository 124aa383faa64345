import { isDeepStrictEqual } from 'node:util'
import type { Preflight } from '../chain/preflight.js'
import { assertStartable } from '../chain/checks/verdict.js'
import type { ConfigurationStore } from '../config/store.js'
import { CodedError, type ErrorCode } from '../errors.js'
import type { Redactor } from '../redaction/redactor.js'
import { createConfigurationAge } from './configuration-age.js'
import type { OperationResult, ProcessInfo, Supervisor } from './supervisor.js'

/** `outdated_configuration`: the program has read an older configuration than the one on disk. Null: unknown. */
export interface ManagedProcess extends ProcessInfo {
  outdated_configuration: boolean | null
}

export interface ManagedResult {
  outcome: Exclude<OperationResult['outcome'], 'failed'>
  process: ManagedProcess
}

/** The programs that the API may control. Each starts only after the checks on the chain. */
export function createProgramControl ({ supervisor, redactor, configuration, preflight, generator, managedPrograms }: {
  supervisor: Supervisor,
  redactor: Pick<Redactor, 'redact'>,
  configuration: ConfigurationStore,
  preflight: Preflight,
  /** This program has endpoints of its own, so `managedPrograms` may lack it. */
  generator: string,
  managedPrograms: string[]
}) {
  const names = [...new Set([generator, ...managedPrograms])]
  const age = createConfigurationAge({ configuration })

  /** Returns the name of a program that may be controlled. Throws PROGRAM_NOT_MANAGED. */
  function managed (program: string): string {
    if (managedPrograms.includes(program)) return program
    throw new CodedError('PROGRAM_NOT_MANAGED',
      `program_name: ${program} is not in MANAGED_PROGRAMS (${managedPrograms.join(', ')}): name one of these, or add it there`,
      { data: { field: 'program_name' } })
  }

  async function launch (program: string, run: Supervisor['start']): Promise<ManagedResult> {
    const asked = performance.now()
    assertStartable(await preflight.checkAll(await configuration.read()))
    const changedAt = await configuration.changedAt()
    const result = await run(program, { waitedMs: performance.now() - asked })
    const isCertain = result.outcome === 'done' && isDeepStrictEqual(changedAt, await configuration.changedAt())
    if (isCertain) age.remember(result.process, changedAt)
    if (result.outcome === 'failed') {
      const reason = withoutFolders(result.process.description) ?? exitOf(result.process)
      throw failure('PROGRAM_START_FAILED', `${program} did not stay up: ${reason}. Its last log lines are in data.log_tail`, result)
    }
    return { outcome: result.outcome, process: await withAge(result.process) }
  }

  /** Throws PROGRAM_STOP_FAILED and the supervisor's errors. */
  async function stop (program: string): Promise<ManagedResult> {
    const result = await supervisor.stop(program)
    if (result.outcome === 'failed') {
      const reason = withoutFolders(result.process.description) ?? `it is ${result.process.state}`
      throw failure('PROGRAM_STOP_FAILED', `${program} is not gone: ${reason}`, result, { pids: result.pids ?? [] })
    }
    return { outcome: result.outcome, process: await withAge(result.process) }
  }

  async function status (program: string): Promise<ManagedProcess> {
    return await withAge(await supervisor.status(program))
  }

  /** Leaves out programs that the supervisor cannot report, so that no change of the configuration fails for them. */
  async function outdated (): Promise<string[]> {
    const processes = await Promise.all(names.map(async name => await status(name).catch(() => null)))
    return names.filter((_, index) => processes[index]?.outdated_configuration === true)
  }

  async function withAge (process: ProcessInfo): Promise<ManagedProcess> {
    const { description } = process
    return {
      ...process,
      description: description === null ? null : redactor.redact(description),
      outdated_configuration: await age.isOutdated(process),
    }
  }

  return {
    names,
    managed,
    status,
    /** Throws CONFIG_NOT_FOUND, PREFLIGHT_FAILED, RPC_UNAVAILABLE, PROGRAM_START_FAILED, PROGRAM_ORPHANED and the supervisor's errors. */
    start: async (program: string) => await launch(program, supervisor.start),
    restart: async (program: string) => await launch(program, supervisor.restart),
    stop,
    outdated,
  }
}

export type ProgramControl = ReturnType<typeof createProgramControl>

type Failure = Extract<OperationResult, { outcome: 'failed' }>

function failure (code: ErrorCode, message: string, { process, log_tail: logTail }: Failure, more: object = {}): CodedError {
  const { state, exit_code: exitCode, exit_signal: exitSignal } = process
  return new CodedError(code, message, { data: { state, exit_code: exitCode, exit_signal: exitSignal, log_tail: logTail, ...more } })
}

/** Removes folders from the paths in a supervisor's remark, because no caller needs them. */
function withoutFolders (description: string | null): string | null {
  return description?.replaceAll(/(?<=^|[\s"'(])\/(?:[^\s"'()/]*\/)*(?=[^\s"'()/])/g, '') ?? null
}

function exitOf ({ exit_code: code, exit_signal: signal }: ProcessInfo): string {
  if (signal !== null) return `ended by ${signal}`
  return code === null ? 'ended' : `exited with code ${code}`
}
