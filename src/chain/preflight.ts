import type { Configuration, StoredRuntimeConfig } from '../../schemas/configuration.js'
import type { ErrorCode } from '../errors.js'

/** One finding. `code` is what a failing check answers with where it is the only subject (setup, update). */
export interface PreflightCheck {
  /** `rpc`, `chain_id`, `balance`, `ecies_key:{address}`, `registration:{address}:{market}` */
  name: string
  result: 'pass' | 'fail' | 'skipped'
  message: string
  /** What the operator should do about a failure; null where nothing is to be done. */
  remedy: string | null
  code: ErrorCode | null
}

export interface Preflight {
  /** RPC reachable, chain id, balance of the runtime key: what setup and update need before they write. */
  checkRuntime (runtime: StoredRuntimeConfig): Promise<PreflightCheck[]>
  /** All checks: what a start needs. */
  checkAll (configuration: Configuration): Promise<PreflightCheck[]>
}
