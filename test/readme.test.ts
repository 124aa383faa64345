import { execFile } from 'node:child_process'
import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { Environment } from '../schemas/environment.js'
import { FINDINGS } from '../src/chain/checks/findings.js'
import { ERRORS } from '../src/errors.js'
import { OTHER_SECTIONS, SECTION_KEYS } from '../src/supervisor/embedded/conf/keys.js'
import { BENCHMARKS } from '../tools/bench/benchmarks.js'
import { SUITES } from '../tools/tests/suites.js'
import { walkReadme } from './readme-walk.js'
import { startService } from './service-process.js'

const PROJECT = join(import.meta.dirname, '..')
const [readme, contributing, manifest] = await Promise.all(['README.md', 'CONTRIBUTING.md', 'package.json'].map(async name => await readFile(join(PROJECT, name), 'utf8'))) as [string, string, string]
const run = promisify(execFile)

/** Rows of the table with the given header, cell by cell. */
function table (...header: string[]): string[][] {
  const [, rows = ''] = readme.split(`| ${header.join(' | ')} |\n|${header.map(() => '---|').join('')}\n`)
  return rows.split('\n\n', 1)[0]!.trim().split('\n').map(row => row.slice(2, -2).split(' | '))
}

t.test('the table of codes is the catalogue', async t => {
  t.same(table('Code', 'Status', 'Meaning'),
    Object.entries(ERRORS).map(([code, { statusCode, meaning }]) => [code, String(statusCode), meaning]))
})

t.test('the table of variables is the schema', async t => {
  t.same(table('Name', 'Default', 'Meaning'),
    Object.entries(Environment.properties).map(([name, { default: value, description }]) => [name, String(value ?? 'unset'), description]))
})

t.test('the table of findings is the catalogue', async t => {
  t.same(table('Finding', 'Result', 'Meaning'), Object.entries(FINDINGS).map(([word, { result, meaning }]) => [word, result, meaning]))
})

t.test('the table of conf files is the catalogue of their keys', async t => {
  const codes = (names: readonly string[]) => names.map(name => `\`${name}\``).join(', ') || '–'
  const section = (name: string) => `\`[${name}${['program', 'group'].includes(name) ? ':x' : ''}]\``
  t.same(table('Section', 'Honoured', 'Warning', 'Refused'), [
    ...Object.entries(SECTION_KEYS).map(([name, { honoured, unused, refused }]) => [section(name), codes(honoured), codes(unused), codes(Object.keys(refused))]),
    ...OTHER_SECTIONS.map(({ name, verdict }) => [section(name), '–', ...verdict === 'warning' ? ['the section', '–'] : ['–', 'the section']]),
  ])
})

t.test('every script that README and CONTRIBUTING name is there', async t => {
  const { scripts } = JSON.parse(manifest)
  const named = new Set([...`${readme}${contributing}`.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name))
  t.ok(named.size > 8, `${named.size} scripts`)
  t.same([...named].filter(name => scripts[name] === undefined), [])
  const suites = [...`${readme}${contributing}`.matchAll(/npm run test:full -- ([a-z-]+)/g)].map(([, name = '']) => name)
  t.ok(suites.length > 8, `${suites.length} suites`)
  t.same(suites.filter(name => SUITES[name] === undefined), [])
  const benchmarks = [...`${readme}${contributing}`.matchAll(/npm run bench -- ([a-z-]+)/g)].map(([, name = '']) => name)
  t.ok(benchmarks.length > 5, `${benchmarks.length} benchmarks`)
  t.same(benchmarks.filter(name => BENCHMARKS[name] === undefined), [])
})

t.test('every promise has a command that shows it, and the tests that it names are there', async t => {
  for (const [promise = '', shownBy = ''] of table('Promise', 'Shown by', 'How often')) {
    t.match(shownBy, /`(?:[A-Z_]+=\S+ )*np(?:m run [\w:-]+|x tap --disable-coverage test\/)/, promise)
    for (const [path = ''] of shownBy.matchAll(/test\/[\w/.-]+/g)) await t.resolves(access(join(PROJECT, path)), path)
  }
})

const hasCurl = await run('curl', ['--version']).then(() => true, () => false)

t.test('the commands answer what the README says', { skip: !hasCurl && 'this machine has no curl' }, async t => {
  const service = await startService(t, { folder: t.testdir(), variables: { SUPERVISORD_CONF: join(PROJECT, 'supervisord/supervisord.conf') } })
  let steps = 0
  for await (const { command, answer, documented } of walkReadme({ readme, endpoint: service.url })) {
    t.equal(answer, documented, command)
    steps += 1
  }
  t.ok(steps > 15, `${steps} commands`)
})
