import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { CodedError, type ErrorCode } from '../../src/errors.js'
import { createSupervisorProbe } from '../../src/supervisor/probe.js'
import type { ProcessInfo } from '../../src/supervisor/supervisor.js'

const PROCESS: ProcessInfo = {
  name: 'generator',
  state: 'RUNNING',
  pid: 7,
  uptime_seconds: 1,
  started_at: null,
  stopped_at: null,
  exit_code: null,
  exit_signal: null,
  restarts: null,
  description: null,
}

/** A supervisor whose programs exist, or fail with a code. It counts the calls. */
function supervisorOf (programs: Record<string, ErrorCode | 'there' | 'broken' | 'silent'>) {
  const counts = { calls: 0 }
  return {
    counts,
    status: async (program: string): Promise<ProcessInfo> => {
      counts.calls++
      const answer = programs[program]
      if (answer === 'there') return { ...PROCESS, name: program }
      if (answer === 'silent') await setTimeout(300)
      throw answer === 'broken'
        ? new TypeError('a fault')
        : new CodedError(answer === 'silent' ? 'SUPERVISOR_TIMEOUT' : (answer as ErrorCode), '')
    },
  }
}

async function look (programs: Parameters<typeof supervisorOf>[0]) {
  const { processes, problem } = await createSupervisorProbe({
    supervisor: supervisorOf(programs), programs: Object.keys(programs), freshMs: 0, deadlineMs: 100
  })()
  return [processes.map(({ name }) => name), problem]
}

t.test('the findings of one look', async t => {
  t.strictSame(await look({ generator: 'there', listener: 'there' }), [['generator', 'listener'], null])
  t.strictSame(
    await look({ generator: 'there', listener: 'PROGRAM_NOT_FOUND' }),
    [['generator'], null],
    'not every image has a listener'
  )
  t.strictSame(await look({ generator: 'PROGRAM_NOT_FOUND', listener: 'there' }), [['listener'], 'PROGRAM_NOT_FOUND'])
  t.strictSame(await look({ generator: 'PROGRAM_NOT_FOUND', listener: 'SUPERVISOR_TIMEOUT' }), [
    [], 'SUPERVISOR_TIMEOUT'
  ])
  t.strictSame(await look({ generator: 'SUPERVISOR_UNAVAILABLE' }), [[], 'SUPERVISOR_UNAVAILABLE'])
  t.strictSame(await look({ generator: 'broken' }), [[], 'SUPERVISOR_UNAVAILABLE'])
  t.strictSame(await look({ generator: 'there', listener: 'silent' }), [[], 'SUPERVISOR_TIMEOUT'], 'at the deadline')
})

t.test('many who ask share one look while it is fresh', async t => {
  const supervisor = supervisorOf({ generator: 'there' })
  const probe = createSupervisorProbe({ supervisor, programs: ['generator'], freshMs: 1000, deadlineMs: 5000 })
  await Promise.all(Array.from({ length: 50 }, probe))
  await probe()
  t.equal(supervisor.counts.calls, 1)
  await setTimeout(1100)
  await probe()
  t.equal(supervisor.counts.calls, 2)
})
