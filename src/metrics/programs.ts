import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ObservedCall } from '../timing/observe.js'
import type { ProcessInfo, ProcessState } from '../supervisor/supervisor.js'

const STATES: ProcessState[] = ['STOPPED', 'STARTING', 'RUNNING', 'BACKOFF', 'STOPPING', 'EXITED', 'FATAL', 'UNKNOWN']

/** The supervisor's figures of each program. An unknown figure has no sample. */
const FIGURES = {
  generator_client_program_uptime_seconds: {
    help: 'How long the program has been up.',
    read: (process: ProcessInfo) => process.uptime_seconds,
  },
  generator_client_program_start_time_seconds: {
    help: 'When the program was last started, in seconds since the epoch.',
    read: (process: ProcessInfo) => process.started_at === null ? null : Date.parse(process.started_at) / 1000,
  },
  generator_client_program_restarts: {
    help: 'Automatic restarts since the last ordered start.',
    read: (process: ProcessInfo) => process.restarts,
  },
  generator_client_program_last_exit_code: {
    help: 'Exit code of the last run that ended.',
    read: (process: ProcessInfo) => process.exit_code,
  },
}

export function createProgramInstruments (registers: Registry[]) {
  const states = new Gauge({
    registers, name: 'generator_client_program_state', help: '1 for the state that the program is in, 0 for the others.', labelNames: ['program', 'state'],
  })
  const figures = Object.entries(FIGURES).map(([name, { help, read }]) => ({
    read, gauge: new Gauge({ registers, name, help, labelNames: ['program'] }),
  }))
  const durations = new Histogram({
    registers,
    name: 'generator_client_supervisor_call_duration_seconds',
    help: 'Calls of the supervisor; start, stop and restart last until they are settled.',
    labelNames: ['operation'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10],
  })
  const failures = new Counter({
    registers, name: 'generator_client_supervisor_call_failures_total', help: 'Calls of the supervisor that ended with an error.', labelNames: ['operation', 'code'],
  })

  /** Records the programs that the supervisor reports now, and drops all others. */
  function programsRead (processes: ProcessInfo[]): void {
    states.reset()
    for (const { gauge } of figures) gauge.reset()
    for (const process of processes) {
      const program = process.name
      for (const state of STATES) states.set({ program, state }, process.state === state ? 1 : 0)
      for (const { read, gauge } of figures) {
        const figure = read(process)
        if (figure !== null) gauge.set({ program }, figure)
      }
    }
  }

  function supervisorCalled ({ operation, seconds, outcome }: ObservedCall): void {
    durations.observe({ operation }, seconds)
    if (outcome !== 'done') failures.inc({ operation, code: outcome })
  }

  return { programsRead, supervisorCalled }
}
