import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { type Dispatcher, Pool } from 'undici'
import { exampleOf, operationsOf } from '../documentation/document.js'
import { RPC_URL_WITH_KEY } from '../fixtures/configuration.js'
import { expectNothingPrinted } from '../leaks/printed.js'
import { startService } from '../service-process.js'
import { type Answer, contractOf } from './contract.js'
import { type GeneratedRequest, requestTo } from './request.js'
import { holds } from './runs.js'

const STATE_FILES = ['generator_config.json', 'runtime_config.json', 'api_key.sha256']
/** The generator does not listen on the market's port. The service itself is healthy. */
const FAULTS_OF_OTHERS = ['GENERATOR_UNAVAILABLE']
const GENERATOR = 'kalypso-generator'
/** Differs from the sent addresses and markets, because answers contain those. */
const SECRET = hash('sha256', 'the secret of the enclave')
/** The document's example of rotateApiKey has its digest. */
const EXAMPLE_KEY = '5a2c0f43b9e1d7c86e0b1f2a3d4c5b6a79880917263544536271809f8e7d6c5b'

/** The service with a configuration and a generator to start, and all visible parts of its state. */
async function startConfigured (t: Test) {
  const root = t.testdir({ data: {} })
  const folder = join(root, 'data')
  const secret = join(root, 'secp.sec')
  const programConfiguration = join(root, 'supervisord.conf')
  await writeFile(
    programConfiguration,
    `[program:${GENERATOR}]\ncommand=sh -c "echo one; echo two; exec sleep 86400"\nautostart=false\nstartsecs=0\n`
  )
  await writeFile(secret, Buffer.from(SECRET, 'hex'), { mode: 0o600 })
  const variables = { SUPERVISORD_CONF: programConfiguration, SECP_KEY_PATH: secret }
  const service = await startService(t, { folder, variables })
  const pool = new Pool(service.url, { connections: 1 })
  t.teardown(async () => await pool.destroy())
  /** The valid key, and the previous one. */
  let apiKeys: string[] = []
  takeKey((await service.call('POST', '/api/generateApiKey')).body['data'])
  const operations = operationsOf((await service.call('GET', '/documentation/json')).body)
  // Runs before the private key of the document's example becomes a secret of the service.
  expectQuiet()
  const setup = operations.find(({ operationId }) => operationId === 'generatorConfigSetup')!
  const { generator_config, runtime_config } = exampleOf(setup.requestBody?.content)
  t.equal(
    (await service.call(setup.method, setup.path, {
      generator_config, runtime_config: { ...runtime_config, http_url: RPC_URL_WITH_KEY }
    })).status,
    200
  )

  async function send (request: GeneratedRequest): Promise<Answer> {
    const { method, path, body, key } = request
    const headers = {
      ...request.headers,
      ...key === 'right' && { 'api-key': apiKeys[0]! },
      ...key === 'wrong' && { 'api-key': 'ab'.repeat(32) },
    }
    const answer = await pool.request({
      method: method as Dispatcher.HttpMethod, path, headers, ...body !== null && { body }
    })
    const isEndless = String(answer.headers['content-type']).startsWith('text/event-stream')
    const text = isEndless ? '' : await answer.body.text()
    if (isEndless) answer.body.on('error', () => {}).destroy()
    service.answers.keep(path, [answer.statusCode, answer.statusText, answer.headers], text)
    if (path.startsWith('/api/rotateApiKey') && answer.statusCode === 200) {
      takeKey(JSON.parse(text).data ?? EXAMPLE_KEY)
      // The first use of a new key ends the old one's grace on disk.
      await service.call('GET', '/api/getRuntimeConfig')
    }
    return { status: answer.statusCode, headers: answer.headers, text }
  }

  function takeKey (key: string): void {
    apiKeys = [key, ...apiKeys].slice(0, 2)
    service.setApiKey(key)
  }

  function stateOfFiles (): string {
    return STATE_FILES.map(file => {
      const { ino, mtimeNs } = statSync(join(folder, file), { bigint: true })
      return `${ino} ${mtimeNs}`
    }).join()
  }

  async function stateOfGenerator (): Promise<string> {
    const { process } = (await service.call('GET', `/api/getProgramStatus?program_name=${GENERATOR}`)).body
    return `${process.state} ${process.pid}`
  }

  /** Searches the new output and answers of the service for secrets and for faults of its own. */
  function expectQuiet (): void {
    const lines = service.output.splice(0)
    expectNothingPrinted([...lines, service.answers.take()].join('\n'), { folder, apiKeys, enclaveKey: SECRET })
    assert.deepEqual(lines.filter(line => line.includes('INTERNAL_ERROR')), [])
    assert.deepEqual([service.child.exitCode, service.child.signalCode], [null, null])
  }

  return { operations, send, stateOfFiles, stateOfGenerator, expectQuiet }
}

t.test('any request gets a documented answer, and a refused one changes nothing', { timeout: 3_600_000 }, async t => {
  const { operations, send, stateOfFiles, stateOfGenerator, expectQuiet } = await startConfigured(t)
  for (const operation of operations) {
    const { method, path } = operation
    const { expectDocumented, objectionTo } = contractOf(operation)
    const isForPrograms = /\/(start|stop|restart)/.test(path)
    const statuses = new Map<number, number>()
    let objections = 0
    await t.test(`${method} ${path}`, async t => {
      await holds(t, fc.asyncProperty(requestTo(operation).filter(({ body }) => !locksOut(body)), async request => {
        const files = stateOfFiles()
        const generator = isForPrograms ? await stateOfGenerator() : ''
        const answer = await send(request)
        const { status, text } = answer
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        expectDocumented(answer)
        // Searches after each request, because the next one may replace the secrets.
        expectQuiet()
        const objection = objectionTo(request)
        if (objection !== null) objections += 1
        if (status < 400) return assert.equal(objection, null, 'a success against the document')
        assert.ok(status < 500 || FAULTS_OF_OTHERS.includes(JSON.parse(text).code), text)
        assert.equal(stateOfFiles(), files, 'the files have changed')
        if (isForPrograms) assert.equal(await stateOfGenerator(), generator, 'the generator has changed')
      }))
      expectQuiet()
      t.comment(
        `${method} ${path}: ${[...statuses]
          .toSorted()
          .map(([status, count]) => `${status} ${count}`)
          .join(', ')}; ${objections} against the document`
      )
    })
  }
  t.ok(operations.length > 30, `${operations.length} routes`)
})

/** A digest of a key that nobody knows would end the test. */
function locksOut (body: Buffer | null): boolean {
  const [, digest = ''] = /"api_key_sha256":"([0-9a-f]{64})"/i.exec(String(body)) ?? []
  return digest !== '' && digest.toLowerCase() !== hash('sha256', EXAMPLE_KEY)
}
