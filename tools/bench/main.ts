/** `npm run bench -- NAME…`: runs benchmarks one after the other, each in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { BENCHMARKS } from './benchmarks.js'

const BAD_USAGE = 2
const names = process.argv.slice(2)
if (names.length === 0 || names.some(name => BENCHMARKS[name] === undefined)) {
  console.error(`Usage: npm run bench -- NAME…\nNames: ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exit(BAD_USAGE)
}

for (const name of names) {
  const program = fileURLToPath(new URL(`${BENCHMARKS[name]}.js`, import.meta.url))
  const [code] = await once(spawn(process.execPath, [program], { stdio: 'inherit' }), 'exit') as [number | null]
  if (code !== 0) process.exitCode = 1
}
