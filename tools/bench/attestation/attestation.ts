/**
 * Measures the CPU time of `generator-client enclave verify`, from a file and over HTTP, beside an empty Node and what
 * it loads: `npm run bench -- attestation`. A warm verification in one process shows the verifier's part.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { LASTING_ROOT, makeCurrentDocument, POLICY } from '../../../test/fixtures/attestation/document.js'
import { verifyAttestation } from '../../../operator/attestation/index.js'
import { median, printTable } from '../measure.js'

const ROUNDS = 15
const WARM = 200
const MAIN = fileURLToPath(new URL('../../../operator/cli/main.js', import.meta.url))
const VERIFIER = new URL('../../../operator/attestation/index.js', import.meta.url).href
/** Writes the CPU time at the end of a process to its fourth descriptor. */
const METER = 'data:text/javascript,' + encodeURIComponent(
  "import { writeSync } from 'node:fs'; process.on('exit', () => writeSync(3, JSON.stringify(process.cpuUsage())))"
)

const folder = await mkdtemp(join(tmpdir(), 'generator-client-bench-'))
const file = join(folder, 'document.bin')
const document = makeCurrentDocument()
await writeFile(file, document)
const server = createServer((_request, response) => response.end(document)).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/attestation/raw`
const expected = [
  ...Object.entries(POLICY.pcrs).map(([index, pcr]) => `--pcr${index}=${pcr}`),
  `--root=${LASTING_ROOT}`,
  '--max-age=3600',
]

const COMMANDS: Record<string, string[]> = {
  'empty Node': ['--eval', ''],
  'command line and verifier, loaded': [`--import=${VERIFIER}`, MAIN, '--version'],
  'enclave verify FILE': [MAIN, 'enclave', 'verify', file, ...expected],
  'enclave verify URL': [MAIN, 'enclave', 'verify', url, ...expected],
}

const rounds = Object.keys(COMMANDS).map(() => [] as number[])
for (let round = 0; round < ROUNDS; round++) {
  for (const [place, argv] of Object.values(COMMANDS).entries()) rounds[place]!.push(await cpuOf(argv))
}
server.close()
server.closeAllConnections()
await rm(folder, { recursive: true })
const figures = rounds.map(values => median(values))
const [empty = 0, loaded = 0] = figures
printTable(
  ['process', 'CPU ms', 'above an empty Node', 'above what is loaded (target: at most 50)'],
  Object.keys(COMMANDS).map((name, place) =>
    [name, ...[0, empty, loaded].map(base => Math.max(0, Math.round(figures[place]! - base)))])
)
console.log(`A warm verification takes ${warmMs().toFixed(1)} ms of CPU.`)

/** Runs Node and returns its CPU time in ms. Throws if it fails. */
async function cpuOf (argv: string[]): Promise<number> {
  const child = spawn(process.execPath, [`--import=${METER}`, ...argv], {
    env: { ...process.env, GENERATOR_CLIENT_PROFILE: join(folder, 'none.json') },
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  const [usage, [code]] = await Promise.all([json(child.stdio[3] as Readable), once(child, 'exit')])
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}`)
  const { user, system } = usage as NodeJS.CpuUsage
  return (user + system) / 1000
}

function warmMs (): number {
  const start = process.cpuUsage()
  const policy = { ...POLICY, root: LASTING_ROOT, max_age_seconds: 3600 }
  for (let run = 0; run < WARM; run++) verifyAttestation(document, policy)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000 / WARM
}
