import { within } from '../timing/deadline.js'
import { CodedError } from '../errors.js'
import type { ProcessInfo, Supervisor } from './supervisor.js'

/** One look at the supervisor. */
export interface SupervisorReading {
  /** Those of the programs that it has, while it can be reached. */
  processes: ProcessInfo[]
  /** Why it cannot be used, null: it can. `PROGRAM_NOT_FOUND`: it does not have the first program. */
  problem: 'SUPERVISOR_UNAVAILABLE' | 'SUPERVISOR_TIMEOUT' | 'PROGRAM_NOT_FOUND' | null
}

/**
 * Looks at programs for those who ask without a key, or often: a look that is younger than `freshMs` is shared, and none
 * takes longer than `deadlineMs`. The first program is the one that must be there.
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

function problemOf (error: unknown): Exclude<SupervisorReading['problem'], null> {
  const code = error instanceof CodedError ? error.code : null
  return code === 'PROGRAM_NOT_FOUND' || code === 'SUPERVISOR_TIMEOUT' ? code : 'SUPERVISOR_UNAVAILABLE'
}
