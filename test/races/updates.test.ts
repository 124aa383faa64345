import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { runtimeAddressFields } from '../../schemas/configuration.js'
import { count } from '../count.js'
import { numberedAddress, numberedGenerator, setup } from '../fixtures/configuration.js'
import { startService } from '../service-process.js'

const ROUNDS = count('RACE_UPDATES', 10)
const GENERATORS = 19
const RUNTIME_FIELDS = ['start_block', 'zkbob_market_id', ...runtimeAddressFields]

/** One field of the configuration, and the value of a round. */
interface Update {
  path: '/api/updateRuntimeConfig' | '/api/updateGeneratorConfig'
  body: Record<string, unknown>
}

/** 50 updates, each of another field of the two files. */
function updatesOf (round: number): Update[] {
  const value = (index: number) => round * 100 + index + 1
  const runtime = RUNTIME_FIELDS.map((field, index): Update => ({
    path: '/api/updateRuntimeConfig',
    body: { [field]: runtimeAddressFields.some(name => name === field) ? numberedAddress(value(index)) : value(index) },
  }))
  const generators = Array.from({ length: GENERATORS }, (_, index): Update[] => {
    const address = numberedAddress(index + 1)
    return [
      { path: '/api/updateGeneratorConfig', body: { address, data: `round ${round} of ${index}` } },
      { path: '/api/updateGeneratorConfig', body: { address, supported_markets: [String(value(index))] } },
    ]
  })
  return [...runtime, ...generators.flat()]
}

t.test('50 updates of different fields at once: none is lost', async t => {
  const folder = t.testdir()
  const service = await startService(t, { folder })
  service.setApiKey((await service.call('POST', '/api/generateApiKey')).body['data'])
  await service.call('POST', '/api/generatorConfigSetup', {
    ...setup, generator_config: Array.from({ length: GENERATORS }, (_, index) => numberedGenerator(index + 1))
  })
  let kept = 0
  for (let round = 0; round < ROUNDS; round++) {
    const updates = updatesOf(round)
    const answers = await Promise.all(updates.map(async ({ path, body }) => await service.call('PUT', path, body)))
    const { runtime_config: runtime } = JSON.parse(await readFile(join(folder, 'runtime_config.json'), 'utf8'))
    const { generator_config: generators } = JSON.parse(await readFile(
      join(folder, 'generator_config.json'), 'utf8'
    )) as { generator_config: { address: string }[] }
    for (const [index, { path, body }] of updates.entries()) {
      const stored = path === '/api/updateRuntimeConfig'
        ? runtime
        : generators.find(({
          address
        }) => address === body['address'])
      const isKept = Object.entries(body).every(([field, value]) => JSON.stringify(
        stored[field]
      ) === JSON.stringify(value))
      if (answers[index]?.status === 200 && isKept) kept += 1
      else t.fail(`round ${round}`, { body, answer: answers[index] })
    }
  }
  t.equal(kept, ROUNDS * 50)
  t.comment(`${ROUNDS} rounds of 50 updates, ${kept} kept`)
})
