import { CodedError } from '../errors.js'
import { createCtlCommand } from './ctl/command.js'
import { parsePrograms, parseReading } from './ctl/output.js'
import type { Log } from './log.js'
import { createOperations, LOOK_MS } from './supervisord/operations.js'
import type { Refusal, Verb } from './supervisord/order.js'
import type { Reading } from './supervisord/reading.js'
import { createSharedReads } from '../shared-reads.js'
import type { Supervisor } from './supervisor.js'

export interface CtlSupervisorOptions {
  /** A Go supervisord, or the folder that holds it. It finds the running one by `[supervisorctl]` of its configuration. */
  executable: string
  operationTimeoutMs: number
  /** What its calls inherit: must be free of the service's own secrets. */
  environment: NodeJS.ProcessEnv
  log: Pick<Log, 'warn'>
}

/** Each look is a process of its own, some 13 ms of work. */
const POLL_MS = 150
/** No names to `ctl`: `all` is every program, a dash begins an option, a space at the end is lost in the output. */
const NO_NAME = /^all$|^-|\s$/

/** Drives Go's supervisord by its `ctl` command. Throws an Error when there is nothing to execute at the path. */
export function createCtlSupervisor ({ executable, operationTimeoutMs, environment, log }: CtlSupervisorOptions): Supervisor {
  const ctl = createCtlCommand({ executable, environment })
  const stopOrdered = new Set<string>()
  const lookMs = Math.min(LOOK_MS, operationTimeoutMs)
  const outputs = createSharedReads(() => readOutput(lookMs))
  const operations = createOperations({
    calls: { read, sendOrder, tail: async () => [] }, operationTimeoutMs, pollMs: POLL_MS, lookMs, log, onEnd: outputs.forget,
  })

  /** Without a name: `ctl status <unknown>` prints nothing, just as it does when the daemon is down. */
  async function readOutput (deadlineMs: number): Promise<string> {
    const { exitCode, stdout } = await ctl.run(['status'], { deadlineMs })
    if (exitCode !== 0 || parsePrograms(stdout).length === 0) throw unavailable()
    return stdout
  }

  async function read (program: string, deadlineMs: number): Promise<Reading> {
    return withPid(find(program, await readOutput(deadlineMs)), deadlineMs)
  }

  function find (program: string, output: string): Reading {
    const reading = NO_NAME.test(program) ? null : parseReading(output, program, { stopOrdered: stopOrdered.has(program), now: Date.now() })
    if (reading === null) throw unknown(program)
    return reading
  }

  /** The status line has a pid for RUNNING only; `ctl pid` prints it for STARTING and STOPPING too, and 0 for none. */
  async function withPid (reading: Reading, deadlineMs: number): Promise<Reading> {
    const { process } = reading
    if (process.state !== 'STARTING' && process.state !== 'STOPPING') return reading
    const { stdout } = await ctl.run(['pid', process.name], { deadlineMs })
    const pid = /^[1-9]\d*$/.test(stdout) ? Number(stdout) : null
    return { process: { ...process, pid }, stamp: `${reading.stamp} ${pid}` }
  }

  async function sendOrder (verb: Verb, program: string, signal: AbortSignal): Promise<Refusal | null> {
    if (verb === 'stop') stopOrdered.add(program)
    else stopOrdered.delete(program)
    const { exitCode, stdout } = await ctl.run([verb, program], { deadlineMs: operationTimeoutMs, signal })
    return exitCode === 0 ? null : { text: stdout.trim(), isFinal: false }
  }

  return {
    ...operations,
    programs: async () => parsePrograms(await outputs.join('')),
    status: async program => (await withPid(find(program, await outputs.join('')), lookMs)).process,
    // `ctl logtail` prints no last lines: depending on the version the whole log, or only what is written from now on.
    logs: async program => { find(program, await outputs.join('')); return null },
    follow: async program => { find(program, await outputs.join('')); return null },
    close: async () => ctl.close(),
  }
}

function unavailable (): CodedError {
  return new CodedError('SUPERVISOR_UNAVAILABLE', '"supervisord ctl status" lists no program: check that supervisord is up and has programs, and that serverurl, username and password of [supervisorctl] in its configuration are those of its server.')
}

function unknown (program: string): CodedError {
  return new CodedError('PROGRAM_NOT_FOUND', `The supervisor has no program ${program}; check the names of its [program:…] sections.`)
}
