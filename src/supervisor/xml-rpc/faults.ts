import { CodedError } from '../../errors.js'
import { unknownProgram } from '../supervisord/operations.js'
import type { OrderAnswer } from '../supervisord/order.js'
import { XmlRpcError } from './codec.js'

/** Fault codes of Python's Supervisor (xmlrpc.py, Faults). */
const BAD_NAME = 10
const NO_FILE = 20
const NOT_EXECUTABLE = 21
const FAILED = 30
const ABNORMAL_TERMINATION = 40
const SPAWN_ERROR = 50
const ALREADY_STARTED = 60
const NOT_RUNNING = 70
/** Go's supervisord answers this to everything, so only the text tells its faults apart. */
const GO_FAULT = -32500

export function isLogMissing (error: unknown): boolean {
  if (!(error instanceof XmlRpcError)) return false
  return error.code === NO_FILE || error.code === FAILED || (error.code === GO_FAULT && /NO_FILE|FAILED/.test(error.message))
}

/** Go answers this fault from v0.7.4 on if nothing stands behind the offset, even in an empty log. */
export function isPastEnd (error: unknown): boolean {
  return error instanceof XmlRpcError && error.code === GO_FAULT && /offset out of range/.test(error.message)
}

/**
 * Python does not try a command that it cannot run. A program that ended at once, or could not be spawned, was started
 * all the same. ALREADY_STARTED and NOT_RUNNING leave nothing to do.
 */
export function answerToOrder ({ code, message }: XmlRpcError): OrderAnswer {
  if (code === NO_FILE || code === NOT_EXECUTABLE) return { is: 'impossible', text: message }
  const isTaken = code === ABNORMAL_TERMINATION || code === SPAWN_ERROR || code === ALREADY_STARTED || code === NOT_RUNNING
  return { is: isTaken ? 'taken' : 'refused', text: message }
}

/** Turns a fault or an unexpected answer into the error that the API answers. */
export function toCodedError (error: unknown, program: string | null): unknown {
  if (!(error instanceof XmlRpcError)) return error
  const { code, message } = error
  const isUnknown = code === BAD_NAME || (code === GO_FAULT && /no process named|fail to find process/i.test(message))
  if (program !== null && isUnknown) return unknownProgram(program, error)
  return new CodedError('SUPERVISOR_UNAVAILABLE', `The supervisor refused the call: ${message}.`, { cause: error })
}
