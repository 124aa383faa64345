import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { runtimeAddressFields } from '../../schemas/configuration.js'
import { count } from '../count.js'
import { numberedAddress, numberedGenerator, setup } from '../fixtures/configuration.js'
import { random } from '../random.js'
import { type ServiceProcess, startService } from '../service-process.js'
import { isAlive } from '../supervisor/real/processes.js'

const STOPS = count('RACE_STOPS', 3)
const CALLERS = 24
const MAXIMUM_LOAD_MS = 300
const MAXIMUM_PAUSE_MS = 50
const PROGRAM = '[program:kalypso-generator]\ncommand=/bin/sleep 1000\nautostart=false\nstartsecs=0\n'

/** The changes of a round, besides added generators. */
interface Load { updates: boolean, running: boolean, twice: boolean }

interface Outcome {
  number: number
  /** The field that it writes, or null for an added generator. */
  field: string | null
  /** Milliseconds of performance.now(). */
  began: number
  ended: number
  /** Null if the connection ended without an answer. */
  status: number | null
  code: string | null
}

/** Makes one change after another until the service no longer answers. */
async function keepChanging (
  service: ServiceProcess,
  nextNumber: () => number,
  field: string | null,
  outcomes: Outcome[]
): Promise<void> {
  for (let isAnswered = true; isAnswered;) {
    const number = nextNumber()
    const began = performance.now()
    const call = field === null
      ? service.call('POST', '/api/addNewGenerator', numberedGenerator(number))
      : service.call('PUT', '/api/updateRuntimeConfig', { [field]: numberedAddress(number) })
    const answer = await call.catch(() => null)
    outcomes.push({
      number,
      field,
      began,
      ended: performance.now(),
      status: answer?.status ?? null,
      code: answer?.body['code'] ?? null,
    })
    isAnswered = answer?.status === 200
  }
}

/** The pid of a generator that the service itself supervises. */
async function startGenerator (service: ServiceProcess): Promise<number> {
  return (await service.call('POST', '/api/startGenerator')).body['process'].pid
}

async function stopUnderLoad (t: Test, { updates, running, twice }: Load) {
  const root = t.testdir({ 'supervisord.conf': PROGRAM, data: {} })
  const folder = join(root, 'data')
  const service = await startService(t, { folder, variables: { SUPERVISORD_CONF: join(root, 'supervisord.conf') } })
  service.setApiKey((await service.call('POST', '/api/generateApiKey')).body['data'])
  await service.call('POST', '/api/generatorConfigSetup', setup)
  const pid = running ? await startGenerator(service) : null
  if (pid !== null) t.ok(isAlive(pid))
  const outcomes: Outcome[] = []
  let last = 1
  const callers = Array.from({ length: CALLERS }, async (_, index) =>
    // The first callers have a field each, the others add generators.
    await keepChanging(service, () => ++last, updates ? runtimeAddressFields[index] ?? null : null, outcomes))
  await setTimeout(random() * MAXIMUM_LOAD_MS)
  const asked = performance.now()
  service.child.kill('SIGTERM')
  if (twice) await setTimeout(random() * MAXIMUM_PAUSE_MS)
  if (twice) service.child.kill('SIGTERM')
  const exit = await service.exited
  const milliseconds = performance.now() - asked
  await Promise.all(callers)
  const finished = outcomes.filter(({
    began, ended, status
  }) => began < asked && ended > asked && status !== null).length
  if (pid !== null) t.notOk(isAlive(pid), 'the generator ended with the service')
  return { exit, milliseconds, outcomes, finished, ...await stored(folder) }
}

async function stored (folder: string): Promise<{ generators: Set<string>, runtime: Record<string, unknown> }> {
  const { generator_config: generators } = JSON.parse(await readFile(
    join(folder, 'generator_config.json'), 'utf8'
  )) as { generator_config: { data: string }[] }
  const { runtime_config: runtime } = JSON.parse(await readFile(join(folder, 'runtime_config.json'), 'utf8'))
  return { generators: new Set(generators.map(({ data }) => data)), runtime }
}

/**
 * Each field must have its last value that was answered 200, or the setup's. Its caller waits for one answer before the
 * next.
 */
function expectFields (t: Test, outcomes: Outcome[], runtime: Record<string, unknown>): void {
  for (const field of runtimeAddressFields) {
    const applied = outcomes.filter(outcome => outcome.field === field && outcome.status === 200).at(-1)
    const expected = applied === undefined ? setup.runtime_config[field] : numberedAddress(applied.number)
    if (runtime[field] !== expected) t.fail(`${field} is ${runtime[field]}, not ${expected}`)
  }
}

t.test('SIGTERM under load: what was answered is on disk, what was not has never been applied', async t => {
  const totals = { applied: 0, refused: 0, unanswered: 0, finished: 0, slowest: 0 }
  let busyRounds = 0
  for (let round = 0; round < STOPS; round++) {
    const load = { updates: round % 2 === 1, running: round % 3 === 2, twice: round % 4 > 0 }
    await t.test(`round ${round}`, async t => {
      const { exit, milliseconds, outcomes, finished, generators, runtime } = await stopUnderLoad(t, load)
      t.same(exit, [0, null])
      t.ok(milliseconds < 10_000, `${milliseconds} ms`)
      const added = outcomes.filter(({ field }) => field === null)
      for (const { number, status } of added) {
        const isApplied = generators.has(numberedGenerator(number).data)
        if (isApplied !== (status === 200)) t.fail(`generator ${number}`, { status, isApplied })
      }
      for (const {
        status, code
      } of outcomes) if (status !== null && status !== 200 && code !== 'SERVICE_STOPPING') t.fail(`${status} ${code}`)
      t.equal(generators.size, added.filter(({ status }) => status === 200).length + 1)
      expectFields(t, outcomes, runtime)
      totals.applied += outcomes.filter(({ status }) => status === 200).length
      totals.refused += outcomes.filter(({ status }) => status === 503).length
      totals.unanswered += outcomes.filter(({ status }) => status === null).length
      totals.finished += finished
      totals.slowest = Math.max(totals.slowest, milliseconds)
      if (finished > 0) busyRounds += 1
    })
  }
  t.ok(totals.applied > 0)
  t.ok(busyRounds > STOPS / 2, 'in most rounds requests were in flight')
  t.comment(
    `${STOPS} times SIGTERM: ${totals.applied} applied, ${totals.refused} refused, ${totals.unanswered} without a connection; ${totals.finished} in flight were answered, in ${busyRounds} rounds; slowest end ${Math.round(totals.slowest)} ms`
  )
})
