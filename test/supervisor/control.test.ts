import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import type { ConfigurationStore } from '../../src/config/store.js'
import { createRedactor } from '../../src/redaction/redactor.js'
import { createProgramControl } from '../../src/supervisor/control.js'
import { describeProcess } from '../../src/supervisor/sentences.js'
import type {
  OperationResult, ProcessInfo, ProcessState, StartOptions, Supervisor
} from '../../src/supervisor/supervisor.js'

const gone: ProcessInfo = {
  name: 'p',
  state: 'EXITED',
  pid: null,
  uptime_seconds: null,
  started_at: null,
  stopped_at: null,
  exit_code: null,
  exit_signal: null,
  restarts: null,
  description: null
}

/** A supervisor of another kind may answer with few reasons, like this one. */
function controlOf (result: OperationResult | Error) {
  const answer = async () => {
    if (result instanceof Error) throw result
    return result
  }
  return createProgramControl({
    supervisor: { start: answer, stop: answer, status: async () => (await answer()).process } as unknown as Supervisor,
    configuration: {
      read: async () => ({}), changedAt: async () => ({ a: 2000, b: null })
    } as unknown as ConfigurationStore,
    preflight: { checkRuntime: async () => [], checkAll: async () => [] },
    redactor: createRedactor(),
    generator: 'p',
    managedPrograms: ['p'],
  })
}

t.test('a failed start says all that is known', async t => {
  const cases: [Partial<ProcessInfo>, RegExp][] = [
    [{ exit_code: 7 }, /^p did not stay up: exited with code 7\. /],
    [{ exit_signal: 'SIGSEGV' }, /^p did not stay up: ended by SIGSEGV\. /],
    [{}, /^p did not stay up: ended\. /],
    [{ description: 'spawn error' }, /^p did not stay up: spawn error\. /],
    [
      { description: '"/opt/a/prover" of (/etc/x.conf) and/or \'/b\' / 2' },
      /^p did not stay up: "prover" of \(x\.conf\) and\/or 'b' \/ 2\. /,
    ],
  ]
  for (const [facts, message] of cases) {
    const control = controlOf({ outcome: 'failed', process: { ...gone, ...facts }, log_tail: ['x'] })
    await t.rejects(control.start('p'), { code: 'PROGRAM_START_FAILED', message, data: { log_tail: ['x'] } })
  }
})

t.test('a stop that left something behind is an error', async t => {
  await t.rejects(
    controlOf({
      outcome: 'failed', process: { ...gone, description: 'child 7 is still there' }, log_tail: [], pids: [7]
    }).stop('p'),
    {
      code: 'PROGRAM_STOP_FAILED',
      statusCode: 500,
      message: 'p is not gone: child 7 is still there',
      data: { state: 'EXITED', exit_code: gone.exit_code, exit_signal: gone.exit_signal, log_tail: [], pids: [7] },
    }
  )
  await t.rejects(controlOf({ outcome: 'failed', process: { ...gone, state: 'RUNNING' }, log_tail: [] }).stop('p'), {
    message: 'p is not gone: it is RUNNING', data: { pids: [] }
  })
})

t.test('a process that was started here is outdated after a change, whatever the clock does', async t => {
  const running: ProcessInfo = { ...gone, state: 'RUNNING', pid: 1, started_at: new Date(5000).toISOString() }
  let changedAt = 2000
  let outcome: 'done' | 'joined' | 'unchanged' | 'pending' = 'done'
  let beforeItIsUp = () => {}
  const start = async () => {
    beforeItIsUp()
    return { outcome, process: running }
  }
  const control = createProgramControl({
    supervisor: { start, status: async () => running } as unknown as Supervisor,
    configuration: {
      read: async () => ({}), changedAt: async () => ({ a: changedAt, b: null })
    } as unknown as ConfigurationStore,
    preflight: { checkRuntime: async () => [], checkAll: async () => [] },
    redactor: createRedactor(),
    generator: 'p',
    managedPrograms: ['p'],
  })
  const isOutdated = async () => (await control.status('p')).outdated_configuration
  await control.start('p')
  t.equal(await isOutdated(), false)
  changedAt = 1000
  t.equal(await isOutdated(), true, 'a change by a clock that was set back')
  for (outcome of ['joined', 'unchanged', 'pending'] as const) {
    await control.start('p')
    t.equal(await isOutdated(), true, 'it has not been started again')
  }
  running.pid = 2
  t.equal(await isOutdated(), false, 'another process is judged by the times')
  outcome = 'done'
  for (const [changed, isOlder] of [[4000, false], [6000, true]] as const) {
    beforeItIsUp = () => { changedAt = changed }
    running.pid! += 1
    await control.start('p')
    t.equal(await isOutdated(), isOlder, 'so is one that came up beside a change')
  }
})

t.test('the supervisor has its full time, however long the checks on the chain take', async t => {
  const asked: StartOptions[] = []
  const start = async (_program: string, options: StartOptions) => {
    asked.push(options)
    return { outcome: 'done', process: gone }
  }
  const control = createProgramControl({
    supervisor: { start, restart: start } as unknown as Supervisor,
    configuration: { read: async () => ({}), changedAt: async () => ({}) } as unknown as ConfigurationStore,
    preflight: { checkRuntime: async () => [], checkAll: async () => await setTimeout(100, []) },
    redactor: createRedactor(),
    generator: 'p',
    managedPrograms: ['p'],
  })
  await control.start('p')
  await control.restart('p')
  for (const { waitedMs } of asked) t.ok(Number(waitedMs) >= 99, `${waitedMs} ms`)
  t.equal(asked.length, 2)
})

t.test('a process that the supervisor has started is outdated where the last change is younger', async t => {
  const running = { ...gone, state: 'RUNNING' as const, pid: 1 }
  const cases: [ProcessInfo, boolean | null][] = [
    [{ ...running, started_at: new Date(1999).toISOString() }, true],
    [{ ...running, started_at: new Date(2000).toISOString() }, false],
    [{ ...running, started_at: null }, null],
    [gone, null],
  ]
  for (const [process, expected] of cases) {
    const control = controlOf({ outcome: 'done', process: { ...process, name: 'p' } })
    t.equal((await control.status('p')).outdated_configuration, expected)
    t.same(await control.outdated(), expected === true ? ['p'] : [])
  }
  t.same(await controlOf(new Error('unreachable')).outdated(), [])
})

t.test('a sentence for every state', async t => {
  const sentences: [ProcessState, string][] = [
    ['RUNNING', 'Generator has been started.'],
    ['STARTING', 'Generator is starting.'],
    ['STOPPING', 'Generator is stopping.'],
    ['BACKOFF', 'Generator is restarting after a crash.'],
    ['FATAL', 'Generator failed to start.'],
    ['EXITED', 'Generator has been stopped.'],
    ['STOPPED', "Generator hasn't been started yet."],
    ['UNKNOWN', 'Generator is in a state that the supervisor does not know.'],
  ]
  for (const [state, sentence] of sentences) t.equal(describeProcess('Generator', { ...gone, state }), sentence)
  t.equal(
    describeProcess('Program', { ...gone, state: 'STOPPED', started_at: new Date(0).toISOString() }),
    'Program has been stopped.'
  )
})
