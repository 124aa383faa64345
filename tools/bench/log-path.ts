/**
 * `npm run bench -- log` measures the log path of the embedded supervisor, beside a plain pipe to a file in the same
 * run. It also measures the API's answers meanwhile.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createEmbeddedSupervisor } from '../../src/supervisor/embedded/driver.js'
import { createRedactor } from '../../src/redaction/redactor.js'
import { randomSecrets } from '../../test/redaction/secrets.js'
import { median, printTable } from './measure.js'
import { run } from './process.js'
import { SETUP } from './setup.js'

const ROUNDS = 5
const LINE = '2026-11-22T19:30:00.000Z INFO listener: ask 4711 of market 3 taken, block 27432365, proof due in 1200 s'
const LINES = 250_000
const PER_SECOND = 50_000
const FOLLOWERS = 16
const PROBES = 100
const quiet = { info () {}, warn () {}, error () {} }

/** Prints LINES lines, several in each write, at PER_SECOND or at full speed. Reports on stderr how many ms it took. */
const PRINTER = `
import { writeSync } from 'node:fs'
const [lines, perWrite, perSecond] = process.argv.slice(2).map(Number)
const text = ${JSON.stringify(`${LINE}\n`)}.repeat(perWrite)
const begun = performance.now()
for (let printed = 0; printed < lines; printed += perWrite) {
  while (perSecond > 0 && (performance.now() - begun) * perSecond / 1000 < printed);
  writeSync(1, text)
}
writeSync(2, \`took \${Math.round(performance.now() - begun)}\\n\`)
setInterval(() => {}, 60_000)
`

const folder = mkdtempSync(join(tmpdir(), 'generator-client-bench-'))
const printer = join(folder, 'printer.mjs')
writeFileSync(printer, PRINTER)
await measureCpu()
await measureAnswers()
rmSync(folder, { recursive: true })

/** CPU time of the process that reads the lines, in microseconds per 1,000 lines. */
async function measureCpu (): Promise<void> {
  const rows = []
  for (const perWrite of [64, 1]) {
    const figures = { plain: [] as number[], ours: [] as number[] }
    for (let round = 0; round < ROUNDS; round++) {
      figures.plain.push(await cpuOf(async () => await pipePlainly(perWrite)))
      figures.ours.push(await cpuOf(async () => await superviseOnce(perWrite)))
    }
    const [plain, ours] = [median(figures.plain), median(figures.ours)]
    rows.push([perWrite, Math.round(plain), Math.round(ours), (ours / plain).toFixed(2)])
  }
  printTable(
    [
      'lines a write',
      'plain pipe to a file, us per 1,000 lines',
      'log path with secrets known, us',
      'ratio (target: at most 3)',
    ],
    rows
  )
}

async function cpuOf (work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / LINES * 1000
}

async function pipePlainly (perWrite: number): Promise<void> {
  const child = spawn(process.execPath, [printer, String(LINES), String(perWrite), '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const file = createWriteStream(join(folder, 'plain.log'))
  child.stdout.pipe(file)
  await once(child.stderr, 'data')
  child.kill()
  await once(file, 'close')
}

async function superviseOnce (perWrite: number): Promise<void> {
  const stateFolder = mkdtempSync(join(folder, 'state-'))
  const configurationFile = join(stateFolder, 'supervisord.conf')
  writeFileSync(configurationFile, section('p', perWrite, 0, stateFolder))
  const redactor = createRedactor()
  for (let configuration = 0; configuration < 16; configuration++) {
    redactor.learn(randomSecrets(randomBytes).configuration)
  }
  const supervisor = await createEmbeddedSupervisor({
    configurationFile, stateFolder, operationTimeoutMs: 9000, environment: process.env, redactor, log: quiet
  })
  const leaving = new AbortController()
  const errors = (await supervisor.follow('p', { stream: 'stderr', signal: leaving.signal }))!
  await supervisor.start('p')
  for await (const batch of errors) if ('lines' in batch) break
  await supervisor.close()
}

function section (name: string, perWrite: number, perSecond: number, place: string): string {
  return (
    `[program:${name}]\ncommand=${process.execPath} ${printer} ${LINES} ${perWrite} ${perSecond}\n` +
    'autostart=false\nstartsecs=0\n' +
    `stdout_logfile=${place}/out.log\nstdout_logfile_maxbytes=0\nstderr_logfile=${place}/error.log\n`
  )
}

/**
 * Measures getGeneratorStatus of the real service while its program prints and followers read all. Measures it idle,
 * too.
 */
async function measureAnswers (): Promise<void> {
  const configuration = join(folder, 'supervisord.conf')
  writeFileSync(configuration, section('kalypso-generator', 1, PER_SECOND, folder))
  const service = await run('service', { SUPERVISORD_CONF: configuration })
  const { data: key } = (await (await fetch(`${service.url}/api/generateApiKey`, { method: 'POST' })).json()) as {
    data: string
  }
  const headers = { 'api-key': key }
  await fetch(`${service.url}/api/generatorConfigSetup`, {
    method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(SETUP)
  })
  const idle = await probe(service.url, headers)
  const followers = Array.from({ length: FOLLOWERS }, () => {
    const follower = { bytes: 0, tail: '' }
    get(`${service.url}/api/getGeneratorLogs?follow=true`, { headers, agent: false }, response =>
      response.on('data', (chunk: Buffer) => {
        follower.bytes += chunk.length
        follower.tail = chunk.toString('latin1').slice(-200)
      })
    ).on('error', () => {})
    return follower
  })
  await setTimeout(500)
  await fetch(`${service.url}/api/startGenerator`, { method: 'POST', headers })
  const busy = await probe(service.url, headers)
  const took = await printerTime()
  const dropped = followers.filter(({ tail }) => tail.includes('event: dropped')).length
  await service.end()
  console.log()
  printTable([`${PER_SECOND} lines a second, ${FOLLOWERS} followers`, 'figure'], [
    ['idle p50 of getGeneratorStatus, ms', idle.toFixed(2)],
    ['p50 meanwhile, ms', busy.toFixed(2)],
    ['ratio (target: at most 5)', (busy / idle).toFixed(1)],
    [`the program took, ms (at its own pace ${LINES / PER_SECOND * 1000})`, took],
    ['followers sent away', dropped],
  ])
}

async function probe (url: string, headers: Record<string, string>): Promise<number> {
  const times = []
  for (let count = 0; count < PROBES; count++) {
    const begun = performance.now()
    await (await fetch(`${url}/api/getGeneratorStatus`, { headers })).arrayBuffer()
    times.push(performance.now() - begun)
    await setTimeout(20)
  }
  return median(times)
}

async function printerTime (): Promise<number> {
  for (;;) {
    const file = join(folder, 'error.log')
    const took = existsSync(file) ? /took (\d+)/.exec(readFileSync(file, 'utf8'))?.[1] : undefined
    if (took !== undefined) return Number(took)
    await setTimeout(100)
  }
}
