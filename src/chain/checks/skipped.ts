import { allChecks, RUNTIME_CHECKS, withSkipped } from './findings.js'
import type { Preflight } from '../preflight.js'

/** Replaces the checks when CHAIN_CHECKS is off. All are `skipped`, and nothing contacts the chain. */
export function createSkippedPreflight (): Preflight {
  const skipAll = (names: string[]) => withSkipped({ found: [], names, reason: 'Not checked: CHAIN_CHECKS is off' })
  return {
    checkRuntime: async () => skipAll(RUNTIME_CHECKS),
    checkAll: async ({ generators }) => skipAll(allChecks(generators)),
  }
}
