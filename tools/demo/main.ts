/** `npm run demo` plays the operator's day on a chain and a service of its own. `-- --keep` leaves them running. */
import { runDemo } from './demo.js'
import { createNarrator } from './narration/narrator.js'

const USAGE = 'Usage: npm run demo [-- --keep]'
const BAD_USAGE = 2

const options = process.argv.slice(2)
if (options.some(option => option !== '--keep')) {
  console.error(USAGE)
  process.exit(BAD_USAGE)
}

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort())
// The reader of the output is gone, as in `npm run demo | head`. Clear away all the same.
process.stdout.on('error', () => interruption.abort())

process.exitCode = await runDemo({
  narrator: createNarrator({
    output: process.stdout, isTerminal: process.stdout.isTTY, hasColour: process.stdout.hasColors?.() ?? false
  }),
  signal: interruption.signal,
  keep: options.includes('--keep'),
})
