import type { Preflight } from './preflight.js'

export function createSkippedPreflight (): Preflight {
  return { checkRuntime: async () => [], checkAll: async () => [] }
}
