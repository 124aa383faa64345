import t from 'tap'
import { count } from './count.js'
import { seeded } from './seeded.js'

/** The seed of all random values in this test file. TEST_SEED sets it, to repeat a failure. */
export const SEED = count('TEST_SEED', 1 + Math.floor(Math.random() * 2 ** 31))
t.comment(`TEST_SEED=${SEED}`)

/** Draws numbers from 0 up to 1, the same ones for the same TEST_SEED. */
export const random = seeded(SEED)

/** Draws bytes, the same ones for the same TEST_SEED. */
export function randomBytes (length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)))
}
