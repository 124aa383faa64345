import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { numberedGenerator, setup } from '../fixtures/configuration.js'
import { type ServiceProcess, startService } from '../service-process.js'
import { rounds } from './rounds.js'

const CALLERS = 24
const MAXIMUM_LOAD_MS = 300

interface Outcome {
  number: number
  /** null: the connection ended without an answer. */
  status: number | null
  code: string | null
}

/** Adds one generator after another until the service no longer answers. */
async function addGenerators (service: ServiceProcess, numbers: Generator<number>, outcomes: Outcome[]): Promise<void> {
  for (const number of numbers) {
    const answer = await service.call('POST', '/api/addNewGenerator', numberedGenerator(number)).catch(() => null)
    outcomes.push({ number, status: answer?.status ?? null, code: answer?.body['code'] ?? null })
    if (answer?.status !== 200) return
  }
}

function * countUp (): Generator<number> {
  for (let number = 2; ; number++) yield number
}

async function stopUnderLoad (t: Test) {
  const folder = t.testdir()
  const service = await startService(t, { folder, isMeasured: false })
  service.setApiKey((await service.call('POST', '/api/generateApiKey')).body['data'])
  await service.call('POST', '/api/generatorConfigSetup', setup)
  const outcomes: Outcome[] = []
  const numbers = countUp()
  // `for … of` would end the shared numbers with the first caller that returns.
  const shared = { [Symbol.iterator]: () => ({ next: () => numbers.next() }) } as Generator<number>
  const callers = Array.from({ length: CALLERS }, async () => await addGenerators(service, shared, outcomes))
  await setTimeout(Math.random() * MAXIMUM_LOAD_MS)
  const asked = performance.now()
  service.child.kill('SIGTERM')
  const exit = await service.exited
  const milliseconds = performance.now() - asked
  await Promise.all(callers)
  const { generator_config: generators } = JSON.parse(await readFile(join(folder, 'generator_config.json'), 'utf8')) as { generator_config: { data: string }[] }
  return { exit, milliseconds, outcomes, stored: new Set(generators.map(({ data }) => data)) }
}

t.test('SIGTERM under load: what was answered is on disk, what was not has never been applied', async t => {
  const count = rounds({ quick: 3, full: 100 })
  const totals = { applied: 0, refused: 0, unanswered: 0, slowest: 0 }
  for (let round = 0; round < count; round++) {
    await t.test(`round ${round}`, async t => {
      const { exit, milliseconds, outcomes, stored } = await stopUnderLoad(t)
      t.same(exit, [0, null])
      t.ok(milliseconds < 10_000, `${milliseconds} ms`)
      for (const { number, status, code } of outcomes) {
        const isApplied = stored.has(numberedGenerator(number).data)
        if (status === 200 ? !isApplied : isApplied || (status !== null && code !== 'SERVICE_STOPPING')) t.fail(`generator ${number}`, { status, code, isApplied })
      }
      const applied = outcomes.filter(({ status }) => status === 200).length
      t.equal(stored.size, applied + 1)
      totals.applied += applied
      totals.refused += outcomes.filter(({ status }) => status === 503).length
      totals.unanswered += outcomes.filter(({ status }) => status === null).length
      totals.slowest = Math.max(totals.slowest, milliseconds)
    })
  }
  t.comment(`${count} times SIGTERM: ${totals.applied} applied, ${totals.refused} refused, ${totals.unanswered} without a connection, slowest end ${Math.round(totals.slowest)} ms`)
})
