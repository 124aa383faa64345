import { CodedError, type ErrorCode } from '../../errors.js'
import type { PreflightCheck } from '../preflight.js'

/** Throws the error of the first failing check: RPC_UNAVAILABLE, CHAIN_MISMATCH, INSUFFICIENT_BALANCE. */
export function assertPassed (checks: PreflightCheck[]): void {
  const failure = firstFailure(checks)
  if (failure !== undefined) throw new CodedError(failure.code, failure.message, { data: checks })
}

export function isStartable (checks: PreflightCheck[]): boolean {
  return firstFailure(checks) === undefined
}

/** Throws PREFLIGHT_FAILED when a check failed, RPC_UNAVAILABLE when none could be made. */
export function assertStartable (checks: PreflightCheck[]): void {
  const failure = firstFailure(checks)
  if (failure === undefined) return
  const code = failure.code === 'RPC_UNAVAILABLE' ? failure.code : 'PREFLIGHT_FAILED'
  throw new CodedError(code, failure.message, { data: checks })
}

/** Every failing check has a code. */
function firstFailure (checks: PreflightCheck[]) {
  return checks.find((check): check is PreflightCheck & { code: ErrorCode } => check.result === 'fail')
}
