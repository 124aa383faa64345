import t from 'tap'
import { DAY as OPERATIONS_OF_THE_DAY, LEFT_OUT as LEFT_OUT_OF_THE_DAY } from '../../tools/postman/day.js'
import { until } from '../supervisor/real/processes.js'
import { buildDocumented, exampleOf, fetchOperations, type Operation } from './document.js'

/** The calls in the order of the day. The first ones need no key. */
const DAY = [
  'live',
  'ready',
  ...OPERATIONS_OF_THE_DAY.flatMap(name => (name === 'signAddress' ? [name, 'signAddressEncrypted'] : [name])),
]
/** Figures, and bodies for another enclave's key. test/routes has them. */
const LEFT_OUT = [
  'metrics',
  'generatorConfigSetupEncrypted',
  'updateRuntimeConfigEncrypted',
  'updateGeneratorConfigEncrypted',
  'signAttestationEncrypted',
  'rotateApiKeyEncrypted',
  ...LEFT_OUT_OF_THE_DAY,
]

/** Values that differ from run to run. */
const VARYING = new Set([
  'pid', 'uptime_seconds', 'started_at', 'stopped_at', 'exit_code', 'exit_signal', 'changed_at', 'response', 'salt',
  'signature', 'boot_id', 'channel', 'attested_address', 'spki_sha256',
])

function comparable (name: string, value: unknown): unknown {
  if (VARYING.has(name)) return 'varies'
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return '64 hex digits'
  return typeof value === 'string' ? value.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>') : value
}

t.test('every example is really answered', async t => {
  const service = await buildDocumented(t)
  const operations = new Map((await fetchOperations(service)).map(operation => [operation.operationId, operation]))
  t.same([...operations.keys()].sort(), [...DAY, ...LEFT_OUT].sort())
  let apiKey = ''
  for (const name of DAY) {
    const operation = operations.get(name)!
    const url = `${operation.path}${queryOf(operation)}`
    const call = async () => await service.app.inject({
      method: operation.method, url, headers: { 'api-key': apiKey }, payload: exampleOf(operation.requestBody?.content)
    })
    // A process may have stayed up before it has said so.
    if (name === 'getGeneratorLogs') {
      await until('the generator is ready', async () => (await call()).body.includes('Ready'))
    }
    const response = await call()
    if (name === 'generateApiKey') apiKey = response.json().data
    t.equal(response.statusCode, 200, `${name} ${response.body}`)
    t.same(JSON.parse(JSON.stringify(response.json(), comparable)),
      JSON.parse(JSON.stringify(exampleOf(operation.responses['200']?.content), comparable)), name)
  }
})

function queryOf ({ parameters = [] }: Operation): string {
  const values = parameters.flatMap(({ name, in: place, example }) =>
    place !== 'query' || example === undefined ? [] : [[name, example] as [string, string]]
  )
  return values.length === 0 ? '' : `?${new URLSearchParams(values)}`
}
