// Runs TypeScript's sources as they are, for tap (.taprc). What the compiler makes of a module is kept, and made once for all tests:
// tap's own plugin, ts-node, does so in every process, which takes longer than most tests. `npm run typecheck` checks types.
import { register } from 'node:module'
import processOnSpawn from 'process-on-spawn'

register('./hooks.mjs', import.meta.url)

// Where tap measures coverage, it has its loader in every process that a test begins, supervised programs included, by NODE_OPTIONS:
// they start half as fast, and not in the environment that the test gives them. test/coverage.ts is for those that are to be measured.
processOnSpawn.removeAllListeners()
delete process.env.NODE_OPTIONS
