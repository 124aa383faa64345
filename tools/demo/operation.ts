import type { Actor, Answer } from './actor.js'
import type { Expected } from './narration/difference.js'
import { MARKET } from './stage.js'

/** A running generator takes its own time to come up and to become ready, also on a busy machine. */
const PATIENCE_MS = 15_000
/** The last lines of the rehearsal generator's start: from the chain to "Ready". */
const START_LINES = 5
const START_BLOCK = 414025
const RUNNING = { name: 'kalypso-generator', state: 'RUNNING' }

/** Starts, changes, restarts, kills and recovers the generator. Stops it at the end, unless it is to be kept. */
export async function operate (actor: Actor, { keep }: { keep: boolean }): Promise<void> {
  await actor.call({
    title: 'Start: answered when the process has stayed up for its startsecs',
    method: 'POST',
    path: '/api/startGenerator',
    status: 200,
    answer: { message: 'Generator started', data: null, process: RUNNING },
  })
  await actor.call({
    title: 'Watch it',
    method: 'GET',
    path: '/api/getGeneratorStatus',
    status: 200,
    answer: { message: 'Generator status fetched', data: 'Generator has been started.', process: RUNNING },
  })
  await readLog(actor, { title: 'Read its log', lines: { 4: / Ready$/ } })
  const { process: { pid } } = await change(actor)
  await readLog(actor, {
    title: 'Its log: it has read the change', lines: { 0: new RegExp(` from block ${START_BLOCK},`), 4: / Ready$/ }
  })
  await benchmark(actor)
  await recover(actor, pid)
  if (!keep) await stop(actor)
}

async function readLog (actor: Actor, { title, lines }: { title: string, lines: Expected }): Promise<void> {
  await actor.call({
    title,
    method: 'GET',
    path: `/api/getGeneratorLogs?lines=${START_LINES}`,
    status: 200,
    answer: { message: 'Generator logs fetched', data: { stream: 'stdout', lines } },
    patienceMs: PATIENCE_MS,
  })
}

async function change (actor: Actor): Promise<Answer> {
  await actor.call({
    title: 'Change the configuration: the answer says that a restart is needed',
    method: 'PUT',
    path: '/api/updateRuntimeConfig',
    body: { start_block: START_BLOCK },
    status: 200,
    answer: { message: 'Runtime config updated', data: null, restart_required: true },
  })
  return await actor.call({
    title: 'Restart',
    method: 'POST',
    path: '/api/restartGenerator',
    status: 200,
    answer: { message: 'Generator restarted', process: { ...RUNNING, exit_code: 0, restarts: 0 } },
  })
}

async function benchmark (actor: Actor): Promise<void> {
  await actor.call({
    title: 'Benchmark the generator',
    method: 'GET',
    path: `/api/benchmark?market_id=${MARKET}`,
    status: 200,
    answer: { message: /^Proof generated in \d+ms$/ },
  })
}

async function recover (actor: Actor, pid: number): Promise<void> {
  await actor.act({
    title: 'The generator is killed',
    deed: `kill -9 ${pid}`,
    run: async () => {
      process.kill(pid, 'SIGKILL')
      return 'sent'
    },
  })
  await actor.call({
    title: 'It is back, as another process that has stayed up',
    method: 'GET',
    path: '/api/getGeneratorStatus',
    status: 200,
    answer: { data: 'Generator has been started.', process: { ...RUNNING, exit_signal: 'SIGKILL', restarts: 1 } },
    patienceMs: PATIENCE_MS,
  })
}

async function stop (actor: Actor): Promise<void> {
  await actor.call({
    title: 'Stop: answered when the process and all its children are gone',
    method: 'POST',
    path: '/api/stopGenerator',
    status: 200,
    answer: { message: 'Generator stopped', data: null, process: { state: 'STOPPED', pid: null } },
  })
}
