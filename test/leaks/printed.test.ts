import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { setup } from '../fixtures/configuration.js'
import { createAnswers, expectNothingPrinted } from './printed.js'

const API_KEY = 'a1b2c3d4e5f60718'.repeat(4)
const ENCLAVE_KEY = '0f1e2d3c4b5a6978'.repeat(4)
const GAS_KEY = '9687a5b4c3d2e1f0'.repeat(4)
const PATH = '/v3/0a9b8c7d6e5f4a3b2c1d'

const printed = (secret: string, form = 'raw') => new RegExp(`^The service printed a secret: .*${secret} as ${form}`)

async function folderOf (t: Test, runtime: object): Promise<string> {
  const folder = t.testdir({})
  await writeFile(
    join(folder, 'runtime_config.json'),
    JSON.stringify({ runtime_config: { ...setup.runtime_config, ...runtime } }, null, 2)
  )
  return folder
}

t.test('every secret that the data tells of, or that is given, is looked for', async t => {
  const folder = await folderOf(t, {
    private_key: GAS_KEY, http_url: `https://rpc.example${PATH}`, ws_url: 'wss://rpc.example/?key=8f7e6d5c4b3a'
  })
  await writeFile(join(folder, 'secp.sec'), Buffer.from(ENCLAVE_KEY, 'hex'))
  const secrets = { folder, apiKeys: [API_KEY] }
  for (const secret of [API_KEY, ENCLAVE_KEY, GAS_KEY, PATH, '8f7e6d5c4b3a']) {
    t.throws(
      () => expectNothingPrinted(`x ${secret} y`, secrets), { message: printed(secret) }
    )
  }
  t.throws(
    () => expectNothingPrinted(Buffer.from(GAS_KEY, 'hex').toString('base64'), secrets),
    { message: printed(GAS_KEY, 'base64') }
  )
  t.throws(
    () => expectNothingPrinted(API_KEY, { folder, apiKeys: [], enclaveKey: API_KEY }), { message: printed(API_KEY) }
  )
  t.doesNotThrow(
    () => expectNothingPrinted(ENCLAVE_KEY, { folder, apiKeys: [], enclaveKey: API_KEY }), 'not the one that was given'
  )
})

t.test('short paths and keys near zero are not: anything may have them in it', async t => {
  const nearZero = '1'.padStart(64, '0')
  const folder = await folderOf(t, { private_key: nearZero })
  t.doesNotThrow(() => expectNothingPrinted(`https://rpc.example/key ${nearZero}`, { folder, apiKeys: [] }))
})

t.test('only the answer that issues a key may hold it, and no other key', async t => {
  const folder = t.testdir({})
  const [first, second] = [API_KEY, GAS_KEY]
  const answers = createAnswers()
  answers.keep('/api/generateApiKey', {}, `{"data":"${first}"}`)
  answers.keep('/api/rotateApiKey?x=1', {}, `{"data":"${second}"}`)
  t.same([...answers.apiKeys], [first, second])
  t.doesNotThrow(() => expectNothingPrinted(answers.take(), { folder, apiKeys: answers.apiKeys }))
  const leaks: [string, object, string][] = [
    ['/api/rotateApiKey', {}, `{"message":"${first}","data":"${'5a'.repeat(32)}"}`],
    ['/api/generateApiKey', {}, `{"data":null,"message":"${first}"}`],
    ['/api/getGeneratorStatus', {}, `{"data":"${first}"}`],
    ['/health/live', { 'x-key': first }, '{}'],
  ]
  for (const leak of leaks) {
    const { keep, take } = createAnswers()
    keep(...leak)
    t.throws(
      () => expectNothingPrinted(take(), { folder, apiKeys: answers.apiKeys }), { message: printed(first) }, leak[0]
    )
    t.equal(take(), '', 'each answer is looked at once')
  }
})
