import { CodedError } from '../../errors.js'
import { createCtlCommand } from './command.js'
import { describeFailure, parsePrograms, parseReading } from './output.js'
import { createOperations, type ForeignSupervisorOptions, LONGEST_ORDER_MS, LOOK_MS, unknownProgram } from '../supervisord/operations.js'
import { createOrphanWatch, createSeenProcesses } from '../supervisord/processes/orphan-watch.js'
import type { OrderAnswer, Verb } from '../supervisord/order.js'
import type { Reading } from '../supervisord/reading.js'
import { createSharedReads } from '../../timing/shared-reads.js'
import { createRedactor } from '../../redaction/redactor.js'
import type { Supervisor } from '../supervisor.js'

export interface CtlSupervisorOptions extends ForeignSupervisorOptions {
  /** A Go supervisord, or the folder that holds it. `[supervisorctl]` of its configuration leads to the running one. */
  executable: string
  /** The environment of its calls. It must be free of the service's own secrets. */
  environment: NodeJS.ProcessEnv
}

/** Each look starts a process, which takes some 13 ms of work. */
const POLL_MS = 150
/** `ctl` misreads these names. `all` is every program, a dash begins an option, and the output loses a last space. */
const NO_NAME = /^all$|^-|\s$/

/** Drives Go's supervisord by its `ctl` command. Throws an Error if there is nothing to execute at the path. */
export function createCtlSupervisor (options: CtlSupervisorOptions): Supervisor {
  const { executable, operationTimeoutMs, environment, stateFolder, redactor = createRedactor(), log } = options
  const ctl = createCtlCommand({ executable, environment })
  const closing = new AbortController()
  const stopOrdered = new Set<string>()
  const watch = createOrphanWatch({ seen: createSeenProcesses({ folder: stateFolder, log }) })
  const lookMs = Math.min(LOOK_MS, operationTimeoutMs)
  const outputs = createSharedReads(() => readOutput(lookMs))
  const operations = createOperations({
    calls: { read, sendOrder, orphans: watch.orphans, tail: async () => [] },
    operationTimeoutMs,
    pollMs: POLL_MS,
    lookMs,
    log,
    closing: closing.signal,
    onEnd: outputs.forget,
  })

  /** Passes no name, because `ctl status <unknown>` prints nothing, like `ctl status` without a daemon. */
  async function readOutput (deadlineMs: number): Promise<string> {
    const answer = await ctl.run(['status'], { deadlineMs })
    if (answer.exitCode === 0 && parsePrograms(answer.stdout).length > 0) return answer.stdout
    const said = redactor.redact(describeFailure(answer))
    throw new CodedError('SUPERVISOR_UNAVAILABLE',
      `"supervisord ctl status" lists no program${said}: check that supervisord is up and has programs. ` +
      'Its configuration must be the first that ctl finds. [supervisorctl] in it must have the serverurl, username and password of the server.')
  }

  async function read (program: string, deadlineMs: number): Promise<Reading> {
    return await attend(find(program, await readOutput(deadlineMs)), deadlineMs)
  }

  function find (program: string, output: string): Reading {
    const reading = NO_NAME.test(program) ? null : parseReading(output, program, { stopOrdered: stopOrdered.has(program), now: Date.now() })
    if (reading === null) throw unknownProgram(program)
    return reading
  }

  async function attend (reading: Reading, deadlineMs: number): Promise<Reading> {
    return await watch.attend(reading.process.name, await withPid(reading, deadlineMs))
  }

  /** The status line has a pid for RUNNING only. `ctl pid` also prints it for STARTING and STOPPING, or 0 for none. */
  async function withPid (reading: Reading, deadlineMs: number): Promise<Reading> {
    const { process } = reading
    if (process.state !== 'STARTING' && process.state !== 'STOPPING') return reading
    const { stdout } = await ctl.run(['pid', process.name], { deadlineMs })
    const pid = /^[1-9]\d*$/.test(stdout) ? Number(stdout) : null
    return { ...reading, process: { ...process, pid }, stamp: `${reading.stamp} ${pid}` }
  }

  async function sendOrder (verb: Verb, program: string, signal: AbortSignal): Promise<OrderAnswer> {
    if (verb === 'stop') stopOrdered.add(program)
    else stopOrdered.delete(program)
    const answer = await ctl.run([verb, program], { deadlineMs: LONGEST_ORDER_MS, signal })
    return answer.exitCode === 0 ? { is: 'unsure', text: null } : { is: 'refused', text: redactor.redact(answer.stdout.trim() || describeFailure(answer)) }
  }

  /** `ctl logtail` prints no last lines. Its version decides whether it prints the whole log or only new lines. */
  async function noLog (program: string): Promise<null> {
    find(program, await outputs.join(''))
    return null
  }

  return {
    ...operations,
    programs: async () => parsePrograms(await outputs.join('')),
    status: async program => (await attend(find(program, await outputs.join('')), lookMs)).process,
    logs: noLog,
    follow: noLog,
    async close () {
      closing.abort()
      ctl.close()
    },
  }
}
