import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { setup } from '../fixtures/configuration.js'
import { build } from '../helper.js'
import { isAlive, pidsWithEnvironment, until } from '../supervisor/real/processes.js'
import { count } from '../count.js'

const CYCLES = count('FAULT_CYCLES', 2)
/** Number of programs of one kind that go through their cycles side by side. */
const LANES = Math.min(4, CYCLES)

interface Kind {
  command: string
  options?: string
  /** The outcome of the process in a failed start. Undefined means that the start succeeds. */
  failure?: { state: string, exit_code: number | null }
  /** Exit code of a program that ends by itself after it was up. */
  exit?: number
  stopped: RegExp
}

const NOT_RUNNING = /^Program is not running$/
/** The last answer is the 202 of a stop whose record takes the disk longer than the answer may wait. */
const STOPPED = /^Program (stopped|has been stopped\.)$/

/** Generators that misbehave, with the answers to a start and a stop of each. startsecs is 1. */
const KINDS: Record<string, Kind> = {
  'missing binary': {
    command: '/nonexistent/prover', failure: { state: 'FATAL', exit_code: null }, stopped: NOT_RUNNING
  },
  'exits at 0 s': { command: '/bin/sh -c "exit 3"', failure: { state: 'FATAL', exit_code: 3 }, stopped: NOT_RUNNING },
  'exits at 0.5 s': {
    command: '/bin/sh -c "sleep 0.5; exit 4"', failure: { state: 'FATAL', exit_code: 4 }, stopped: NOT_RUNNING
  },
  'exits at 2 s': { command: '/bin/sh -c "sleep 2; exit 5"', exit: 5, stopped: NOT_RUNNING },
  'crash loop': {
    command: '/bin/sh -c "sleep 0.1; exit 6"',
    options: 'autorestart=true\nstartretries=2',
    failure: { state: 'BACKOFF', exit_code: 6 },
    stopped: STOPPED,
  },
  'ignores TERM': {
    command: '/bin/sh -c "trap \'\' TERM; while :; do sleep 0.1; done"', options: 'stopwaitsecs=0.3', stopped: STOPPED
  },
  'forks children': { command: '/bin/sh -c "sleep 1000 & setsid sleep 1000 & sleep 1000"', stopped: STOPPED },
}

/** Tells whether the answer to a start fits the kind of generator and the process table. */
function isTrue ({ failure, exit }: Kind, { code, message, data, process }: Record<string, any>): boolean {
  if (failure !== undefined) {
    return (
      code === 'PROGRAM_START_FAILED' &&
      data.state === failure.state &&
      data.exit_code === failure.exit_code &&
      data.exit_signal === null
    )
  }
  if (message !== 'Program started') return false
  // A program that ends by itself may be gone before a busy machine looks for it.
  if (exit !== undefined) return process.state === 'RUNNING' || process.state === 'EXITED'
  return process.state === 'RUNNING' && isAlive(process.pid)
}

t.test(`${CYCLES} cycles of each kind: every answer agrees with the process table`, { timeout: 3_600_000 }, async t => {
  const folder = t.testdir()
  const programs = Object.entries(KINDS).flatMap(([kind, { command, options = '' }], index) =>
    Array.from({ length: LANES }, (_, lane) => ({
      kind, name: `kind-${index}-${lane}`, marker: `LANE=${folder}/${index}-${lane}`, command, options
    }))
  )
  const sections = programs.map(
    ({ name, marker, command, options }) =>
      `[program:${name}]\ncommand=${command}\nenvironment=${marker.replace('=', '="')}"\nautostart=false\nautorestart=false\nstartsecs=1\nstartretries=0\nstopwaitsecs=2\n${options}\n`
  )
  await writeFile(join(folder, 'supervisord.conf'), sections.join(''))
  const service = await build(t, {
    folder: join(folder, 'data'),
    variables: {
      SUPERVISORD_CONF: join(folder, 'supervisord.conf'), MANAGED_PROGRAMS: programs.map(({ name }) => name).join(',')
    },
  })
  await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  let answers = 0

  async function cycle ({ kind, name, marker }: typeof programs[number]): Promise<void> {
    const { exit, stopped } = KINDS[kind]!
    const ask = async (verb: 'start' | 'stop') => {
      answers += 1
      return (await service.send('POST', `/api/${verb}Program`, { program_name: name })).json()
    }
    const start = await ask('start')
    if (!isTrue(KINDS[kind]!, start)) t.fail(`${kind}: start`, start)
    if (exit !== undefined) {
      const state = async () => (await service.send('GET', `/api/getProgramStatus?program_name=${name}`)).json().process
      const info = await until('it exits by itself', async () =>
        (await state()).state === 'RUNNING' ? null : await state()
      )
      // The program's own times tell whether it was up for startsecs.
      if (Date.parse(info.stopped_at) - Date.parse(info.started_at) < 1_000) {
        t.fail(`${kind}: it was up from ${info.started_at} to ${info.stopped_at}`)
      }
      if (info.state !== 'EXITED' || info.exit_code !== exit) t.fail(`${kind}: ${info.state} ${info.exit_code}`)
    }
    const stop = await ask('stop')
    if (!stopped.test(stop.message)) t.fail(`${kind}: stop answered ${stop.message}`)
    const left = pidsWithEnvironment(marker)
    if (left.length > 0) t.fail(`${kind}: ${left.join()} outlived the stop`)
  }

  await Promise.all(programs.map(async (program, index) => {
    // Spreads the programs over time.
    await setTimeout(index * 20)
    for (let turn = 0; turn < Math.ceil(CYCLES / LANES); turn++) await cycle(program)
  }))
  t.comment(
    `${Object.keys(KINDS).length} kinds, ${Math.ceil(CYCLES / LANES) * LANES} cycles each, ${answers} answers, all true`
  )
  t.equal(answers, 2 * programs.length * Math.ceil(CYCLES / LANES))
})
