import { allChecks, RUNTIME_CHECKS, withSkipped } from './findings.js'
import type { Preflight } from '../preflight.js'

/** In place of the checks while CHAIN_CHECKS is off: all of them are `skipped`, and the chain is not contacted. */
export function createSkippedPreflight (): Preflight {
  const skipAll = (names: string[]) => withSkipped({ found: [], names, reason: 'Not checked: CHAIN_CHECKS is off' })
  return {
    checkRuntime: async () => skipAll(RUNTIME_CHECKS),
    checkAll: async ({ generators }) => skipAll(allChecks(generators)),
  }
}
