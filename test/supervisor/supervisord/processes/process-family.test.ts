import { spawn } from 'node:child_process'
import path from 'node:path'
import { type Test, test } from 'tap'
import { captureFamily } from '../../../../src/supervisor/supervisord/processes/process-family.js'
import { startProgram } from '../../../../src/supervisor/supervisord/start-program.js'
import { stopProgram } from '../../../../src/supervisor/supervisord/stop-program.js'
import { createProcessTable } from '../../../../src/machine/process-table.js'
import { createOperation, type Operation } from '../../../../src/supervisor/supervisord/operation.js'
import type { ProgramCalls } from '../../../../src/supervisor/supervisord/operation.js'
import { createOperations } from '../../../../src/supervisor/supervisord/operations.js'
import type { ProcessInfo, ProcessState } from '../../../../src/supervisor/supervisor.js'
import { isAlive, killIfThere, until } from '../../real/processes.js'
import { silent } from '../../recorded/replay.js'

function info (pid: number | null, state: ProcessState = 'RUNNING', uptime: number | null = null): ProcessInfo {
  return {
    name: 'x',
    state,
    pid,
    uptime_seconds: uptime,
    started_at: null,
    stopped_at: null,
    exit_code: null,
    exit_signal: null,
    restarts: null,
    description: null,
  }
}

/** A shell in a group of its own. One child stays in the group, and one leaves it. */
async function startFamily (
  t: Test
): Promise<{ leader: number, kill: (signal: NodeJS.Signals) => void, all: number[] }> {
  const shell = spawn('/bin/sh', ['-c', 'sleep 1000 & setsid sleep 1000 & echo ready; wait'], {
    detached: true, stdio: ['ignore', 'pipe', 'ignore']
  })
  const leader = Number(shell.pid)
  await new Promise(resolve => shell.stdout.once('data', resolve))
  const family = await until('the children run', () => captureFamily(info(leader)))
  const all = await until('three processes', () => {
    const again = (captureFamily(info(leader)) ?? family).survivors()
    return again.length === 3 ? again : null
  })
  t.teardown(() => all.filter(isAlive).forEach(killIfThere))
  return { leader, all, kill: signal => { shell.kill(signal) } }
}

test('the survivors of a family', async t => {
  const { leader, all, kill } = await startFamily(t)
  const family = captureFamily(info(leader))
  t.strictSame(family?.survivors()?.sort(), [...all].sort())
  kill('SIGKILL')
  await until('the leader ends', () => !isAlive(leader))
  t.strictSame(
    family?.survivors()?.sort(), all.filter(pid => pid !== leader).sort(), 'also the child of another session'
  )
  for (const pid of all) if (pid !== leader) process.kill(pid, 'SIGKILL')
  await until('the children end', () => !all.some(isAlive))
  t.strictSame(family?.survivors(), [])
})

test('processes that are none of ours', async t => {
  const { leader } = await startFamily(t)
  t.equal(captureFamily(info(null)), null)
  t.equal(captureFamily(info(2 ** 22 + 1)), null)
  t.equal(
    captureFamily(info(leader, 'RUNNING', 1_000)), null, 'it is younger than the supervisor says: another container'
  )
  t.ok(captureFamily(info(leader, 'RUNNING', 0)))
  t.equal(
    captureFamily(info(leader), createProcessTable({ folder: path.join(t.testdir(), 'missing') })),
    null,
    'a system without process table'
  )
  t.equal(
    captureFamily(info(7), createProcessTable({ folder: t.testdir({ 7: {} }) })),
    null,
    'a process that ends while it is looked at'
  )
})

/** An operation whose looks return these. The last one repeats for ever. */
function operationOf (looks: ProcessInfo[], { millisecondsLeft = 5_000, onOrder = () => {} } = {}): Operation {
  const answerAt = performance.now() + millisecondsLeft
  let look = 0
  const calls: ProgramCalls = {
    async read () {
      const process = looks[Math.min(look++, looks.length - 1)] ?? info(null)
      return { process, stamp: `${process.state} ${process.pid}`, run: null }
    },
    async sendOrder () {
      onOrder()
      return { is: 'taken', text: null }
    },
    orphans: async () => [],
    tail: async () => [],
  }
  const { signal: closing } = new AbortController()
  return createOperation({
    program: 'x',
    calls,
    answerAt,
    deadline: answerAt,
    pollMs: 20,
    lookMs: 1_000,
    leftOvers: new Map(),
    log: silent,
    closing,
  })
}

test('a stop that leaves children says so, until they are gone', async t => {
  const { leader, all, kill } = await startFamily(t)
  const warnings: object[] = []
  const operations = createOperations({
    calls: {
      read: async () =>
        isAlive(leader)
          ? { process: info(leader), stamp: 'up', run: null }
          : { process: info(null, 'EXITED'), stamp: 'down', run: null },
      async sendOrder () {
        kill('SIGKILL')
        return { is: 'taken', text: null }
      },
      orphans: async () => [],
      tail: async () => [],
    },
    operationTimeoutMs: 5_000,
    pollMs: 20,
    lookMs: 1_000,
    log: { warn: details => { warnings.push(details) } },
    closing: new AbortController().signal,
    onEnd () {},
  })
  const children = all.filter(pid => pid !== leader)
  for (const [attempt, verb] of (['restart', 'stop', 'start'] as const).entries()) {
    const result = await operations[verb]('x')
    t.match(
      result,
      { outcome: 'failed', process: { state: 'EXITED', description: /still there \(pid .*stopasgroup=true/ } },
      `attempt ${attempt}`
    )
    for (const pid of children) t.match(result.process.description, String(pid))
  }
  t.match(warnings, [{ program: 'x' }, { program: 'x' }])
  for (const pid of children) process.kill(pid, 'SIGKILL')
  t.match(await operations.stop('x'), { outcome: 'unchanged', process: { state: 'EXITED' } })
})

test('a stop that Go cannot end while a child holds the output', async t => {
  const { leader, kill } = await startFamily(t)
  t.match(
    await stopProgram(operationOf([info(leader)], { millisecondsLeft: 300 })),
    { outcome: 'pending' },
    'the leader lives'
  )
  const stopped = await stopProgram(
    operationOf([info(leader)], { millisecondsLeft: 500, onOrder: () => kill('SIGKILL') })
  )
  t.match(
    stopped,
    { outcome: 'failed', process: { state: 'RUNNING', description: /still there/ } },
    'only children are left'
  )
})

test('a state that nobody knows is awaited', async t => {
  t.match(await startProgram(operationOf([info(null, 'UNKNOWN'), info(5, 'RUNNING')])), { outcome: 'done' })
  t.match(await startProgram(operationOf([info(null, 'UNKNOWN')], { millisecondsLeft: 100 })), { outcome: 'pending' })
  t.match(await startProgram(operationOf([info(null, 'STOPPED'), info(null, 'FATAL')])), {
    outcome: 'failed', process: { description: null }
  })
})
