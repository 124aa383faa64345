import type { ProcessEntry } from '../../../machine/process-table.js'
import type { RunIdentity, RunTable } from './run-table.js'
import type { RunCgroups } from './run-cgroups.js'
import { endRun, type EndedRun, type GracefulStop } from './run-end.js'

export interface Remains {
  add (run: RunIdentity): void
  /** True: all processes of all runs that were added are gone. */
  isEmpty (): boolean
  /** Ends them, and answers what is left of all of them. */
  end (how: { stop: GracefulStop | null, killAsGroup: boolean, hurry?: AbortSignal }): Promise<Omit<EndedRun, 'found'>>
}

/** The runs of a program that may still have processes. */
export function createRemains ({ table, cgroups }: { table: RunTable, cgroups: RunCgroups }): Remains {
  const runs = new Set<RunIdentity>()

  return {
    add: (run) => { runs.add(run) },
    isEmpty: () => runs.size === 0,
    async end (how) {
      const ended = await Promise.all([...runs].map(async (run) => {
        const { survivors, unseen } = await endRun({ table, cgroups, run, ...how })
        if (survivors.length === 0) runs.delete(run)
        return { survivors, unseen }
      }))
      return { survivors: uniquely(ended.flatMap((run) => run.survivors)), unseen: uniquely(ended.flatMap((run) => run.unseen)) }
    },
  }
}

function uniquely (entries: ProcessEntry[]): ProcessEntry[] {
  return [...new Map(entries.map((entry) => [entry.pid, entry])).values()]
}
