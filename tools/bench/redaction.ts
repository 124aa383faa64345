import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRedactor, type Redactor } from '../../src/redaction/redactor.js'
import { createEmbeddedSupervisor } from '../../src/supervisor/embedded/driver.js'
import { randomSecrets } from '../../test/redaction/secrets.js'
import { median, printTable } from './measure.js'

const LINES = 200_000
const ROUNDS = 9
const quiet = { info () {}, warn () {}, error () {} }
const LINE = '2026-11-22T19:30:00.000Z INFO listener: ask 4711 of market 3 taken, block 27432365, proof due in 1200 s'

/** Keeps lines in memory for one follower, like a service without log files. */
const untouched: Redactor = {
  ...createRedactor(),
  redact: text => text,
  redactTail: lines => lines,
  lines: () => ({ push: text => text, withHeld: more => more }),
}

function knowing (): Redactor {
  const redactor = createRedactor()
  for (let configuration = 0; configuration < 16; configuration++) {
    redactor.learn(randomSecrets(randomBytes).configuration)
  }
  redactor.learnDigest(randomBytes(32).toString('hex'))
  return redactor
}

/** CPU time of this process, in ms, for LINES lines that a program prints at full speed. */
async function measure (redactor: Redactor): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'generator-client-bench-'))
  const configurationFile = join(folder, 'supervisord.conf')
  writeFileSync(join(folder, 'lines'), `${LINE}\n`.repeat(LINES))
  writeFileSync(
    configurationFile,
    `[program:p]\ncommand=/bin/sh -c "read line < ${folder}/go; cat ${folder}/lines; echo end; exec sleep 100"\nautostart=false\nstartsecs=0\n`
  )
  writeFileSync(join(folder, 'go'), 'go\n')
  const supervisor = await createEmbeddedSupervisor({
    configurationFile, stateFolder: folder, operationTimeoutMs: 9000, environment: process.env, redactor, log: quiet
  })
  const leaving = new AbortController()
  const batches = (await supervisor.follow('p', { stream: 'stdout', signal: leaving.signal }))!
  const before = process.cpuUsage()
  await supervisor.start('p')
  for await (const batch of batches) if ('lines' in batch && batch.lines.includes('end')) break
  const { user, system } = process.cpuUsage(before)
  leaving.abort()
  await supervisor.close()
  rmSync(folder, { recursive: true })
  return (user + system) / 1000
}

await measure(untouched)
const figures = { without: [] as number[], with: [] as number[] }
for (let round = 0; round < ROUNDS; round++) {
  figures.without.push(await measure(untouched))
  figures.with.push(await measure(knowing()))
}
const [without, withRedaction] = [median(figures.without), median(figures.with)]
printTable(
  ['lines', 'CPU ms without', 'CPU ms with redaction', 'ratio'],
  [[LINES, Math.round(without), Math.round(withRedaction), (withRedaction / without).toFixed(3)]]
)
