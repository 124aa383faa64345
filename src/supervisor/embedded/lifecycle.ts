import { CodedError } from '../../errors.js'
import { createSerial } from '../../timing/serial.js'
import type { RunnerOptions } from './process/runner.js'
import { type Attempt, createTransitions } from './transitions.js'

/** An attempt, and whether another request has asked for it before. */
export interface BegunAttempt { attempt: Attempt, isJoined: boolean }

export type Lifecycle = ReturnType<typeof createLifecycle>

/** Takes the requests to one program, one at a time and in the order of the calls. */
export function createLifecycle (options: RunnerOptions) {
  const serial = createSerial()
  const program = createTransitions({ ...options, inTurn: serial })
  let waitingRestart: Promise<Attempt | null> | null = null
  let isClosing = false

  async function launch (): Promise<Attempt> {
    if (isClosing) throw new CodedError('SERVICE_STOPPING', 'The service is shutting down and starts nothing.')
    return await program.launch({ byHand: true })
  }

  /** Joins the attempt that is under way, or begins one. Returns null when the program is RUNNING. */
  async function start (): Promise<BegunAttempt | null> {
    return await serial(async () => {
      if (program.facts.state === 'RUNNING') return null
      const joined = program.facts.state === 'STARTING' ? program.attempt() : null
      return { attempt: joined ?? await launch(), isJoined: joined !== null }
    })
  }

  async function stop (): ReturnType<typeof program.halt> {
    // A restart that is asked for from now on comes after this stop.
    waitingRestart = null
    return await serial(async () => await program.halt('stopped'))
  }

  /**
   * Stops and starts without another operation in between. Returns null when the stop failed. A restart that still waits
   * for its stop serves every later request for one.
   */
  async function restart (): Promise<BegunAttempt | null> {
    const isJoined = waitingRestart !== null
    const attempt = await (waitingRestart ??= restartAlone())
    return attempt && { attempt, isJoined }
  }

  function restartAlone (): Promise<Attempt | null> {
    const own: Promise<Attempt | null> = serial(async () => {
      const outcome = await program.halt({ replacedBy: own }).finally(() => {
        if (waitingRestart === own) waitingRestart = null
      })
      return outcome === 'failed' ? null : await launch()
    })
    return own
  }

  /** Stops, and refuses every later start. */
  async function close (): Promise<void> {
    isClosing = true
    await stop()
    await serial(options.output.close)
  }

  return { facts: program.facts, start, stop, restart, close }
}
