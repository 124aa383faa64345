// Runs TypeScript's sources for tap (.taprc). A cache keeps each compiled module for all tests. tap's own plugin,
// ts-node, compiles in every process, which takes longer than most tests. `npm run typecheck` checks types.
import { register } from 'node:module'
import processOnSpawn from 'process-on-spawn'

register('./hooks.mjs', import.meta.url)

// tap loads its coverage into every process that a test begins, by NODE_OPTIONS. A supervised program would start half
// as fast, and not in the environment of its test. Processes that must count load test/coverage.ts.
processOnSpawn.removeAllListeners()
delete process.env.NODE_OPTIONS
