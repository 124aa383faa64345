import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { Test } from 'tap'
import type { CodedError } from '../../../src/errors.js'
import type { Supervisor } from '../../../src/supervisor/supervisor.js'
import { createXmlRpcSupervisor } from '../../../src/supervisor/xml-rpc/driver.js'
import { count } from '../../count.js'
import { silent } from '../recorded/replay.js'
import { type Daemon, startDaemon } from '../real/daemon.js'
import {
  countChildren, countDescriptors, isAlive, pidsOfCommand, pidsOfGroup, pidsWithEnvironment, until
} from '../real/processes.js'
import { serveGarbage } from './garbage.js'
import { connectTo, OPERATION_TIMEOUT_MS, programs, type Row, type World } from './world.js'

/** Number of calls in each state of trouble. A call of ctl is a process. */
const CALLS = count('SUPERVISOR_CALLS', 40)
const VERBS = ['status', 'start', 'stop', 'restart'] as const
/** XML-RPC keeps at most this many connections: four for looks, and some for the orders of the last seconds. */
const KEPT_CONNECTIONS = 8
/** A busy machine may add this time to a deadline. */
const SLACK_MS = 5_000

interface Trouble {
  code: 'SUPERVISOR_TIMEOUT' | 'SUPERVISOR_UNAVAILABLE'
  operationTimeoutMs: number
  /**
   * The number of calls at the same time, each with all verbs. Only waiting calls are many, because others would
   * measure the machine.
   */
  drivers: number
  begin: () => Promise<void>
  end: () => Promise<void>
}

function troubles (daemon: Daemon): Record<string, Trouble> {
  let endGarbage = async (): Promise<void> => {}
  return {
    frozen: {
      code: 'SUPERVISOR_TIMEOUT',
      operationTimeoutMs: 500,
      drivers: 5,
      begin: daemon.freeze,
      end: async () => daemon.thaw(),
    },
    down: {
      code: 'SUPERVISOR_UNAVAILABLE', operationTimeoutMs: 2_500, drivers: 1, begin: daemon.kill, end: daemon.start
    },
    garbage: {
      code: 'SUPERVISOR_UNAVAILABLE',
      operationTimeoutMs: 2_500,
      drivers: 1,
      begin: async () => {
        await daemon.kill()
        endGarbage = await serveGarbage(daemon.url)
      },
      end: async () => {
        await endGarbage()
        await daemon.start()
      },
    },
  }
}

/** How often a call is repeated, because a busy machine runs ctl for longer than a look may take. */
const MAX_SLOW = 5

/**
 * Returns the milliseconds of a call. It must fail with the code, and tell neither the supervisor's user nor its
 * password.
 */
async function timeFailure (call: () => Promise<unknown>, code: string, slow = 0): Promise<number> {
  const began = performance.now()
  const error = await call().then(() => ({ code: 'none' }), (error: CodedError) => error)
  if (/operator|p@ss|p%40/.test(inspect(error))) throw new Error(`An error tells user or password: ${inspect(error)}`)
  if (error.code === code) return performance.now() - began
  if (error.code === 'SUPERVISOR_TIMEOUT' && slow < MAX_SLOW) return await timeFailure(call, code, slow + 1)
  throw new Error(`${code} was expected`, { cause: error })
}

/**
 * Calls each verb with a program of its own. Reads of one program are shared, and its operations wait for each other.
 */
async function callInTurn (
  supervisor: Supervisor,
  verb: (typeof VERBS)[number],
  calls: number,
  code: string
): Promise<number[]> {
  const times: number[] = []
  for (let call = 0; call < calls; call++) times.push(await timeFailure(() => supervisor[verb](verb), code))
  return times
}

/** The resources of this process. A trouble must leave none of them larger. */
interface Held { children: number, descriptors: number }

function held (): Held {
  return { children: countChildren(), descriptors: countDescriptors() }
}

/** A killed daemon stays a zombie, and a closed socket a descriptor, until Node has seen their end. */
async function expectNothingLeft (t: Test, name: string, before: Held, kept = 0): Promise<void> {
  const isOver = () => countChildren() === before.children && countDescriptors() <= before.descriptors + kept
  await until('nothing is left over', isOver).catch(() =>
    t.fail(`${name} leaves children or descriptors`, { before, after: held() })
  )
}

/** Many calls while the trouble lasts. */
async function callInTrouble ({ t, connect }: World, name: string, trouble: Trouble): Promise<void> {
  const { code, operationTimeoutMs, begin, end } = trouble
  const drivers = await Promise.all(Array.from({ length: trouble.drivers }, () => connect(operationTimeoutMs)))
  const calls = CALLS / drivers.length / VERBS.length
  const before = held()
  await begin()
  const failing = drivers.flatMap(driver => VERBS.map(verb => callInTurn(driver, verb, calls, code)))
  const times = (await Promise.all(failing).finally(end)).flat()
  await expectNothingLeft(t, name, before)
  t.equal(times.length, CALLS)
  const slowest = Math.round(Math.max(...times))
  t.ok(slowest < operationTimeoutMs + SLACK_MS, `${name}: ${slowest} ms`)
  const after = held()
  t.comment(
    `${name}: ${times.length} calls, each ${code}, slowest ${slowest} ms; descriptors ${before.descriptors}, then ${after.descriptors}; children ${before.children}, then ${after.children}`
  )
  for (const driver of drivers) await driver.close()
}

/**
 * Kills the daemon amid accepted operations, which look on until their time is over. A frozen daemon has not answered
 * some calls then.
 */
async function killMidCall ({ t, supervisor }: World, daemon: Daemon): Promise<void> {
  const before = held()
  await supervisor.start('immune-long')
  const began = performance.now()
  const operations = Promise.all(
    [supervisor.start('slow-start'), supervisor.stop('immune-long'), supervisor.restart('restarted')].map(operation =>
      operation.then(
        ({ outcome }) => outcome, ({ code }: CodedError) => code
      )
    )
  )
  await delay(600)
  await daemon.kill()
  for (const result of await operations) {
    t.match(result, /pending|SUPERVISOR_UNAVAILABLE/, 'as a look has seen it since the order, or not')
  }
  const milliseconds = performance.now() - began
  t.ok(milliseconds < OPERATION_TIMEOUT_MS + SLACK_MS, `operations of a killed daemon: ${Math.round(milliseconds)} ms`)
  await timeFailure(() => supervisor.programs(), 'SUPERVISOR_UNAVAILABLE')
  await daemon.start()

  await daemon.freeze()
  const calls = Promise.all(VERBS.map(verb => timeFailure(() => supervisor[verb](verb), 'SUPERVISOR_UNAVAILABLE')))
  await delay(400)
  await daemon.kill()
  const slowest = Math.max(...await calls)
  t.ok(slowest < 2_500 + SLACK_MS, `killed before an order was given: ${Math.round(slowest)} ms`)
  await daemon.start()
  await expectNothingLeft(t, 'a kill amid calls', before)
}

/**
 * A daemon that is silent for 3 s amid an operation still has time to carry it out. A look may take less than that. The
 * process table shows that the order was taken.
 */
async function silentForAWhile ({ t, connect }: World, daemon: Daemon): Promise<void> {
  const patient = await connect(20_000)
  const pids = (): number[] => pidsOfCommand(pidsWithEnvironment(daemon.marker), 'sleep 1000')
  const hasEnded = (before: number[]): boolean => !before.every(isAlive)
  const hasBegun = (before: number[]): boolean => pids().some(pid => !before.includes(pid))
  const moments = [['start', hasBegun], ['restart', hasEnded], ['restart', hasBegun], ['stop', hasEnded]] as const
  for (const [verb, isAt] of moments) {
    const before = pids()
    const operation = patient[verb]('silent')
    await until(`the ${verb} is under way`, () => isAt(before))
    await daemon.freeze()
    await delay(3_000)
    daemon.thaw()
    t.equal((await operation).outcome, 'done', `a daemon that is silent amid a ${verb}`)
    t.match(await patient.status('silent'), { state: verb === 'stop' ? /STOPPED|EXITED/ : 'RUNNING' })
    await until(
      'a run that is not short',
      async () => verb === 'stop' || Number((await patient.status('silent')).uptime_seconds) >= 2
    )
  }
  await patient.close()
}

/** Python leaves its programs alone when it is killed. The kernel ends Go's programs, but not their children. */
async function orphans ({ t, row, connect }: World, daemon: Daemon): Promise<void> {
  const before = await connect(9_000)
  const { process: started } = await before.start('parent')
  const family = pidsOfGroup(pidsWithEnvironment(daemon.marker), Number(started.pid))
  await before.close()
  await daemon.kill()
  await daemon.start()
  // Another instance of the driver, as of a service that has started again.
  const supervisor = await connect(9_000)
  const orphaned = await supervisor.status('parent')
  t.match(orphaned, { state: 'STOPPED', pid: null })
  const pids = orphaned.orphan_pids ?? []
  t.ok(pids.length > 0 && pids.every(pid => family.includes(pid) && isAlive(pid)), `orphans ${pids} of ${family}`)
  if (row.driver === 'XML-RPC' && row.name.startsWith('python')) t.strictSame(pids, [started.pid])
  for (const verb of ['start', 'restart'] as const) {
    const error = await supervisor[verb]('parent').catch((error: CodedError) => error) as CodedError
    t.match(error, {
      code: 'PROGRAM_ORPHANED',
      statusCode: 409,
      message: new RegExp(`^parent still runs as process ${pids.join(', ')}, `),
    })
    t.strictSame(error.data, { pid: pids[0], pids })
  }
  t.match(await supervisor.status('parent'), { state: 'STOPPED', orphan_pids: pids }, 'nothing was started')
  const stopped = await supervisor.stop('parent')
  t.match(stopped, { outcome: 'done', process: { orphan_pids: undefined } })
  t.notOk(family.some(isAlive), 'the orphan and its group have ended')
  const again = await supervisor.start('parent')
  t.equal(again.outcome, 'done')
  await supervisor.close()
}

/** Tests a driver against the daemon's own troubles. It must work again after each. */
export async function daemonTrouble (t: Test, row: Exclude<Row, { driver: 'embedded' }>): Promise<void> {
  const daemon = await startDaemon(t, { ...row, programs })
  const world = await connectTo(t, row, daemon)
  const { supervisor } = world
  const before = held()
  await supervisor.start('down')
  for (const [name, trouble] of Object.entries(troubles(daemon))) {
    await callInTrouble(world, name, trouble)
    const state = name === 'frozen' ? 'RUNNING' : 'STOPPED'
    t.match(
      await supervisor.status('down'),
      { state },
      `after ${name} it answers again; a new daemon knows nothing of the old one`
    )
  }
  await killMidCall(world, daemon)
  await silentForAWhile(world, daemon)
  await orphans(world, daemon)
  for (let call = 0; call < CALLS; call++) await supervisor.status('up')
  t.equal((await supervisor.start('up')).outcome, 'done')
  await expectNothingLeft(t, 'all of it', before, KEPT_CONNECTIONS)
  if (row.driver === 'XML-RPC') await refusesStranger(t, daemon)
}

async function refusesStranger (t: Test, daemon: Daemon): Promise<void> {
  const stranger = createXmlRpcSupervisor({
    url: daemon.url.replace('p%40ss', 'wrong'), operationTimeoutMs: 2_000, log: silent
  })
  await t.rejects(stranger.status('up'), { code: 'SUPERVISOR_UNAVAILABLE', message: /user and password/ })
  await stranger.close()
}
