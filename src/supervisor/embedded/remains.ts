import type { ProcessEntry, ProcessTable, RunIdentity } from './process-table.js'
import { endRun, type GracefulStop } from './run-end.js'

export interface Remains {
  add (run: RunIdentity): void
  /** True: all processes of all runs that were added are gone. */
  isEmpty (): boolean
  /** Ends them; answers those that are alive at the end. */
  end (how: { stop: GracefulStop | null, killAsGroup: boolean, hurry?: AbortSignal }): Promise<ProcessEntry[]>
}

/** The runs of a program that may still have processes. */
export function createRemains ({ table }: { table: ProcessTable }): Remains {
  const runs = new Set<RunIdentity>()

  return {
    add: (run) => { runs.add(run) },
    isEmpty: () => runs.size === 0,
    async end (how) {
      const results = await Promise.all([...runs].map(async (run) => {
        const { survivors } = await endRun({ table, run, ...how })
        if (survivors.length === 0) runs.delete(run)
        return survivors
      }))
      return results.flat()
    },
  }
}
