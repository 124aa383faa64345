import { within } from '../timing/deadline.js'
import { CodedError } from '../errors.js'
import type { ProcessInfo, Supervisor } from './supervisor.js'

export interface SupervisorReading {
  /** The known programs. The list is empty while the supervisor cannot be reached. */
  processes: ProcessInfo[]
  /** Null: it can be used. `PROGRAM_NOT_FOUND`: it lacks the first program. */
  problem: 'SUPERVISOR_UNAVAILABLE' | 'SUPERVISOR_TIMEOUT' | 'PROGRAM_NOT_FOUND' | null
}

/**
 * Looks at programs for callers that come without a key, or often. They share a look younger than `freshMs`, and wait
 * at most `deadlineMs`. The first program must exist.
 */
export function createSupervisorProbe ({ supervisor, programs, freshMs, deadlineMs }: {
  supervisor: Pick<Supervisor, 'status'>, programs: string[], freshMs: number, deadlineMs: number
}): () => Promise<SupervisorReading> {
  let last: { begun: number, reading: Promise<SupervisorReading> } | null = null

  async function look (): Promise<SupervisorReading> {
    const found = await Promise.all(programs.map(async program => await supervisor.status(program).catch(problemOf)))
    const processes = found.filter(one => typeof one !== 'string')
    const problems = found.filter(one => typeof one === 'string')
    const problem = problems.find(one => one !== 'PROGRAM_NOT_FOUND') ?? (typeof found[0] === 'string' ? found[0] : null)
    return { processes, problem }
  }

  return async function probe () {
    if (last === null || performance.now() - last.begun > freshMs) {
      const reading = within<SupervisorReading>(deadlineMs, look(), () => ({ processes: [], problem: 'SUPERVISOR_TIMEOUT' }))
      last = { begun: performance.now(), reading }
    }
    return await last.reading
  }
}

function problemOf (error: unknown): NonNullable<SupervisorReading['problem']> {
  const code = error instanceof CodedError ? error.code : null
  return code === 'PROGRAM_NOT_FOUND' || code === 'SUPERVISOR_TIMEOUT' ? code : 'SUPERVISOR_UNAVAILABLE'
}
