import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { Environment } from '../schemas/environment.js'
import { ERRORS } from '../src/errors.js'
import { walkReadme } from './readme-walk.js'
import { startService } from './service-process.js'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
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

const hasCurl = await run('curl', ['--version']).then(() => true, () => false)

t.test('the commands answer what the README says', { skip: !hasCurl && 'this machine has no curl' }, async t => {
  const service = await startService(t, { folder: t.testdir(), variables: { SUPERVISORD_CONF: join(import.meta.dirname, '../supervisord/supervisord.conf') } })
  let steps = 0
  for await (const { command, answer, documented } of walkReadme({ readme, endpoint: service.url })) {
    t.equal(answer, documented, command)
    steps += 1
  }
  t.ok(steps > 15, `${steps} commands`)
})
