import { endRun, type EndedRun, type RunToEnd } from './run-end.js'
import type { RunCgroups } from './run-cgroups.js'
import type { RunIdentity, RunTable } from './run-table.js'

/** Keeps the runs of a program that may still have processes. */
export function createRemains ({ table, cgroups }: { table: RunTable, cgroups: RunCgroups }) {
  const runs = new Set<RunIdentity>()

  /** Ends the processes of all runs. Returns what is left of them. */
  async function end (how: Pick<RunToEnd, 'stop' | 'killAsGroup' | 'hurry'>): Promise<Omit<EndedRun, 'found'>> {
    const ended = await Promise.all([...runs].map(async run => {
      const { survivors, unseen } = await endRun({ table, cgroups, run, ...how })
      if (survivors.length === 0) runs.delete(run)
      return { survivors, unseen }
    }))
    return { survivors: union(ended.map(({ survivors }) => survivors)), unseen: union(ended.map(({ unseen }) => unseen)) }
  }

  return { add: (run: RunIdentity) => { runs.add(run) }, isEmpty: () => runs.size === 0, end }
}

function union (lists: number[][]): number[] {
  return [...new Set(lists.flat())]
}
