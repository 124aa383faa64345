import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { numberedGenerator, RPC_URL_WITH_KEY, setup } from '../fixtures/configuration.js'
import { type ServiceProcess, startService } from '../service-process.js'
import { type Case, KEY, rawGet } from './case.js'
import { fields } from './cases/fields.js'
import { framing } from './cases/framing.js'
import { headers } from './cases/headers.js'
import { json } from './cases/json.js'
import { requests } from './cases/requests.js'
import { urls } from './cases/urls.js'
import { type Answer, exchange } from './exchange.js'

const TABLES = { framing, headers, requests, json, fields, urls }
const MINIMUM_CASES = 500
const CONNECTIONS = 16

/** Lists everything in a folder: name, inode, and content or target. */
async function stateOf (folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true })
  const entries = await Promise.all(names.toSorted().map(async name => {
    const { ino, mode, mtimeNs } = await lstat(join(folder, name), { bigint: true })
    const content = await readFile(join(folder, name), 'base64').catch(() => '')
    return [name, `${ino} ${mode} ${mtimeNs} ${content}`]
  }))
  return Object.fromEntries(entries)
}

/** Starts the service with a configuration. Turns the checks on the chain on afterwards, because they look at URLs. */
async function startConfigured (t: Test, folder: string): Promise<{ service: ServiceProcess, key: string }> {
  const first = await startService(t, { folder })
  const key = (await first.call('POST', '/api/generateApiKey')).body['data'] as string
  first.setApiKey(key)
  const configuration = {
    runtime_config: { ...setup.runtime_config, http_url: RPC_URL_WITH_KEY }, generator_config: [numberedGenerator(1)]
  }
  t.equal((await first.call('POST', '/api/generatorConfigSetup', configuration)).status, 200)
  first.child.kill('SIGTERM')
  await first.exited
  const service = await startService(t, { folder, variables: { CHAIN_CHECKS: 'strict' } })
  service.setApiKey(key)
  return { service, key }
}

function codeOf ({ body }: Answer): string | null {
  // The page at / is no JSON.
  return body === '' || body.startsWith('<!doctype html>') ? null : JSON.parse(body).code ?? null
}

/** Returns the deviations of one case, or an empty list. */
async function problemsOf ({
  bytes, answers, closes = false, ends = false
}: Case, { service, key }: { service: ServiceProcess, key: string }): Promise<string[]> {
  const withKey = (request: Buffer) => Buffer.from(request.toString('latin1').replaceAll(KEY, key), 'latin1')
  const probe = withKey(rawGet('/api/getProgramStatus?program_name=kalypso-generator'))
  const port = Number(new URL(service.url).port)
  const hasBody = !bytes.subarray(0, 5).equals(Buffer.from('HEAD '))
  const { answers: received, closed, surplus, received: text } = await exchange({
    port, bytes: withKey(bytes), count: answers.length, ends, hasBody, probe
  })
  // No request of these is one that a key is issued to.
  service.answers.keep('', '', text)
  const problems = answers.flatMap(([status, code], index) => {
    const answer = received[index]
    const isAsExpected = answer?.status === status && codeOf(answer) === code && (code === null || isEnvelope(answer))
    return isAsExpected ? [] : [`answer ${index} is not ${status} ${code}: ${JSON.stringify(answer)?.slice(0, 400)}`]
  })
  const afterwards = received.slice(answers.length)
  if (closed !== closes) problems.push(closed ? 'the connection ended' : 'the connection did not end')
  if (!closes && (afterwards.length !== 1 || !afterwards[0]!.body.includes('Program status fetched'))) {
    problems.push(
      `the next request got ${JSON.stringify(afterwards)}`
    )
  }
  if (closes && afterwards.length > 0) problems.push(`more answers: ${JSON.stringify(afterwards)}`)
  if (surplus !== '') problems.push(`surplus: ${surplus}`)
  return problems
}

function isEnvelope ({ status: statusCode, headers, body }: Answer): boolean {
  const { status, message, data, ...rest } = JSON.parse(body)
  return (
    status === 'error' &&
    rest.statusCode === statusCode &&
    message.length > 0 &&
    data !== undefined &&
    headers['cache-control'] === 'no-store'
  )
}

t.test('bad and odd requests: the answers are as listed, the same process goes on, nothing has changed', async t => {
  const folder = t.testdir()
  const { service, key } = await startConfigured(t, folder)
  const before = await stateOf(folder)
  const counts: string[] = []
  for (const [name, cases] of Object.entries(TABLES)) {
    await t.test(name, async t => {
      const waiting = [...cases.entries()]
      await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const [index, one] = next
          const problems = await problemsOf(one, { service, key }).catch(error => [error.message])
          if (problems.length > 0) t.fail(`${index} ${one.name}`, { problems })
        }
      }))
      t.equal(new Set(cases.map(one => one.name)).size, cases.length, 'every case has a name of its own')
      t.same(await stateOf(folder), before, 'files unchanged')
      t.same([service.child.exitCode, service.child.signalCode], [null, null], 'the same process')
      counts.push(`${name} ${cases.length}`)
    })
  }
  const total = Object.values(TABLES).flat().length
  t.ok(total >= MINIMUM_CASES, `${total} cases`)
  t.comment(`${total} cases: ${counts.join(', ')}`)
  t.equal(service.output.filter(line => JSON.parse(line).level >= 50).length, 0, 'no error in the log')
})
