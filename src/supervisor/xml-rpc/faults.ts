import { CodedError } from '../../errors.js'
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
/** Go's supervisord answers this to everything, so that only the text tells its faults apart. */
const GO_FAULT = -32500

export function isUnknownProgram ({ code, message }: XmlRpcError): boolean {
  return code === BAD_NAME || (code === GO_FAULT && /no process named|fail to find process/i.test(message))
}

/** There is no log, or its file cannot be opened. */
export function isLogMissing (error: unknown): boolean {
  if (!(error instanceof XmlRpcError)) return false
  return error.code === NO_FILE || error.code === FAILED || (error.code === GO_FAULT && /NO_FILE|FAILED/.test(error.message))
}

/** Since v0.7.4, Go answers a fault where there is nothing to read from the offset on, as at the beginning of an empty log. */
export function isPastEnd (error: unknown): boolean {
  return error instanceof XmlRpcError && error.code === GO_FAULT && /offset out of range/.test(error.message)
}

/**
 * What Python's faults say of an order: a command that it cannot run is not even tried, a program that ended at once or
 * could not be spawned was started all the same, and there is nothing to do for one that is as it was to be.
 */
export function answerToOrder ({ code, message }: XmlRpcError): OrderAnswer {
  if (code === NO_FILE || code === NOT_EXECUTABLE) return { is: 'impossible', text: message }
  const isTaken = code === ABNORMAL_TERMINATION || code === SPAWN_ERROR || code === ALREADY_STARTED || code === NOT_RUNNING
  return { is: isTaken ? 'taken' : 'refused', text: message }
}

/** Turns a fault, or an answer that is not what was asked for, into the error that the API answers with. */
export function toCodedError (error: unknown, program: string | null): unknown {
  if (!(error instanceof XmlRpcError)) return error
  if (program !== null && isUnknownProgram(error)) {
    return new CodedError('PROGRAM_NOT_FOUND', `The supervisor has no program ${program}; check the names of its [program:…] sections.`, { cause: error })
  }
  return new CodedError('SUPERVISOR_UNAVAILABLE', `The supervisor did not do as asked: ${error.message}.`, { cause: error })
}
