import fc from 'fast-check'
import type { Test } from 'tap'
import { count } from '../count.js'
import { SEED } from '../random.js'

/** How often each property is tried. */
const RUNS = count('FUZZ_RUNS', 50)

/** Checks a property and prints runs and seed. A failure says how to repeat it. */
export async function holds<Values extends [unknown, ...unknown[]]> (
  t: Pick<Test, 'comment' | 'ok'>, property: fc.IAsyncProperty<Values> | fc.IProperty<Values>
): Promise<void> {
  const result = await fc.check(property as fc.IAsyncProperty<Values>, { seed: SEED, numRuns: RUNS })
  t.comment(`${result.numRuns} runs`)
  t.ok(!result.failed, `again: FUZZ_RUNS=${RUNS} TEST_SEED=${SEED} npm run test:full -- fuzz`, {
    counterexample: fc.stringify(result.counterexample), error: String(result.errorInstance),
  })
}
