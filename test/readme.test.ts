import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { Environment } from '../schemas/environment.js'
import { ERRORS } from '../src/errors.js'
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

/** Fields whose values differ from run to run: only their type is compared. */
const VARYING = new Set(['pid', 'uptime_seconds', 'started_at', 'stopped_at', 'r', 's', 'v', 'generator_public_key', 'generator_ecies_public_key', 'runtime_address', 'changed_at'])

function comparable (name: string, value: unknown): unknown {
  if (VARYING.has(name)) return value === null ? null : typeof value
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return '64 hex digits'
  return typeof value === 'string' ? value.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>') : value
}

const hasCurl = await run('curl', ['--version']).then(() => true, () => false)

t.test('the commands answer what the README says', { skip: !hasCurl && 'this machine has no curl' }, async t => {
  const service = await startService(t, { folder: t.testdir(), variables: { SUPERVISORD_CONF: join(import.meta.dirname, '../supervisord/supervisord.conf') } })
  const environment: NodeJS.ProcessEnv = { ...process.env, ENDPOINT: service.url }
  const steps = [...readme.matchAll(/```sh\n([^`]*curl -s[^`]*)```\n```(json|text)\n([^`]*)```/g)]
  t.ok(steps.length > 15, `${steps.length} commands`)
  for (const [, command = '', form, answer = ''] of steps) {
    const { stdout } = await run('bash', ['-c', command], { env: environment })
    if (form === 'text') t.equal(stdout, answer, command)
    else t.equal(JSON.stringify(JSON.parse(stdout), comparable), JSON.stringify(JSON.parse(answer), comparable), command)
    if (/generateApiKey|rotateApiKey/.test(command)) environment['API_KEY'] = JSON.parse(stdout).data
  }
})
