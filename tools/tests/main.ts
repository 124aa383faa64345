/**
 * `npm test` and `npm run test:full -- NAME…` run suites of tests with tap. Options such as `--reporter=tap` are tap's.
 * TEST_COUNTS=full sets the full counts. A count in the environment stays as it is.
 * COVERAGE_DIR collects the coverage of several runs in one folder. If it is not set, no coverage is measured.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { CONTRACT, filesOf, SUITES } from './suites.js'

const BAD_USAGE = 2
const TAP = 'node_modules/.bin/tap'
/** Lies in node_modules, because a new installation has tap without the plugins of .taprc. */
const BUILT = 'node_modules/.cache/generator-client-tests/taprc'
const { TEST_COUNTS: counts = 'quick', COVERAGE_DIR: coverageFolder } = process.env

const parameters = process.argv.slice(2)
const options = parameters.filter(parameter => parameter.startsWith('-'))
const named = parameters.filter(parameter => !parameter.startsWith('-'))
const unknown = named.filter(name => SUITES[name] === undefined)
if (unknown.length > 0 || !['quick', 'full'].includes(counts)) {
  console.error(
    unknown.length > 0
      ? `There is no suite "${unknown[0]}".`
      : `TEST_COUNTS must be "quick" or "full", not "${counts}".`
  )
  console.error(
    `Usage: [TEST_COUNTS=full] npm run test:full -- [NAME…] [tap's options]\nNames: ${Object.keys(SUITES).join(', ')}`
  )
  process.exit(BAD_USAGE)
}
const suites =
  named.length > 0
    ? named
    : Object.keys(SUITES).filter(name => name !== CONTRACT && SUITES[name]?.onlyByName === undefined)

await prepare()
process.exitCode = await runSuites()

/** Brings tap's plugins and the compiled tests up to date. */
async function prepare (): Promise<void> {
  const configuration = await readFile('.taprc', 'utf8')
  const isBuilt = await readFile(BUILT, 'utf8').then(text => text === configuration, () => false)
  await rm('.tap/fixtures', { recursive: true, force: true })
  if (!isBuilt && await run(TAP, ['build']) !== 0) process.exit(1)
  if (await run(process.execPath, ['test/typescript/compile.mjs']) !== 0) process.exit(1)
  await writeFile(BUILT, configuration)
}

async function runSuites (): Promise<number> {
  const all = (await readdir('test', { recursive: true })).map(name => `test/${name}`).sort()
  const files = waitingFirst(filesOf(suites, all.filter(name => isTest(name))))
  const isFull = counts === 'full'
  const full = isFull ? Object.assign({}, ...suites.map(name => SUITES[name]?.full)) as Record<string, string> : {}
  const coverage =
    coverageFolder === undefined
      ? ['--disable-coverage']
      : ['--allow-empty-coverage', '--allow-incomplete-coverage', '--coverage-report=none']
  const timeout = isFull ? ['--timeout=3600'] : []
  const code = await run(TAP, [...coverage, ...timeout, ...options, ...files], { ...full, ...process.env })
  if (coverageFolder !== undefined) await cp('.tap/coverage', coverageFolder, { recursive: true })
  return code
}

/** Puts the files that suites name themselves first. They wait the longest, so that they would hold up the end. */
function waitingFirst (files: string[]): string[] {
  const named = new Set(suites.flatMap(suite => SUITES[suite]?.paths ?? []))
  return [...files.filter(file => named.has(file)), ...files.filter(file => !named.has(file))]
}

/** The tests of other supervisors are not `.test.ts`, so that a plain `tap` leaves them out. */
function isTest (name: string): boolean {
  return name.endsWith('.test.ts') || (name.startsWith('test/supervisor/contract/others/') && name.endsWith('.ts'))
}

async function run (command: string, parameters: string[], env = process.env): Promise<number> {
  const [code] = await once(spawn(command, parameters, { env, stdio: 'inherit' }), 'exit') as [number | null]
  return code ?? 1
}
