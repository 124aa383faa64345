import fc from 'fast-check'
import type { Test } from 'tap'
import { count } from '../faults/count.js'

/** What `npm test` tries of each property; `npm run test:fuzz` has the full number. */
const RUNS = count('FUZZ_RUNS', 50)
const SEED = count('FUZZ_SEED', Date.now() % 2 ** 31 + 1)

/** Checks a property and tells runs and seed; a failure says how to see it again. */
export async function holds<Values extends [unknown, ...unknown[]]> (
  t: Pick<Test, 'comment' | 'ok'>, property: fc.IAsyncProperty<Values> | fc.IProperty<Values>
): Promise<void> {
  const result = await fc.check(property as fc.IAsyncProperty<Values>, { seed: SEED, numRuns: RUNS })
  t.comment(`${result.numRuns} runs, seed ${SEED}`)
  t.ok(!result.failed, `again: FUZZ_RUNS=${RUNS} FUZZ_SEED=${SEED} npm run test:fuzz`, {
    counterexample: fc.stringify(result.counterexample), error: String(result.errorInstance),
  })
}
