// Runs TypeScript's sources as they are, for tap (.taprc). What the compiler makes of a module is kept, and made once for all tests:
// tap's own plugin, ts-node, does so in every process, which takes longer than most tests. `npm run typecheck` checks types.
import { register } from 'node:module'

register('./hooks.mjs', import.meta.url)
