import type { ProcessInfo } from '../../supervisor.js'
import { createProcessTable, type ProcessTable, type ProcessEntry } from '../../../machine/process-table.js'
import { findLocal, isSupervisord } from './process-family.js'
import type { Reading } from '../reading.js'
import type { SeenProcess, SeenProcesses } from './seen-processes.js'

/** A process of a program whose supervisord is gone, or what is left of its process group. */
export interface Orphan {
  pid: number
  /** Its own entry where it lives, else those of its group; empty once all of it has ended. */
  remains (): ProcessEntry[]
}

export interface OrphanWatch {
  /** Takes note of the process that a look shows, and adds `orphan_pids` to it. */
  attend (program: string, reading: Reading): Promise<Reading>
  orphans (program: string): Promise<Orphan[]>
}

/**
 * A supervisord that is killed leaves its programs running, and a new one knows nothing of them. So each process that a
 * look shows is kept with the daemon that runs it: it is an orphan once that daemon is gone and it is not.
 */
export function createOrphanWatch ({ seen, local = createProcessTable() }: { seen: SeenProcesses, local?: ProcessTable }): OrphanWatch {
  const known = new Map<string, Promise<SeenProcess[]>>()

  function recall (program: string): Promise<SeenProcess[]> {
    return known.get(program) ?? remember(program, seen.load(program))
  }

  function remember (program: string, processes: Promise<SeenProcess[]>): Promise<SeenProcess[]> {
    known.set(program, processes)
    return processes
  }

  async function attend (program: string, reading: Reading): Promise<Reading> {
    const before = await recall(program)
    const current = describe(reading.process, before)
    const others = before.filter(one => one.pid !== current?.pid || one.startTicks !== current.startTicks)
    const remaining = others.filter(one => local.isAlive(one) || remainsOf(one, local).length > 0)
    const now = current === null ? remaining : [...remaining, current]
    if (JSON.stringify(now) !== JSON.stringify(before)) {
      remember(program, Promise.resolve(now))
      await seen.save(program, now)
    }
    const pids = remaining.flatMap(one => remainsOf(one, local)).map(({ pid }) => pid)
    return pids.length === 0 ? reading : { ...reading, process: { ...reading.process, orphan_pids: pids } }
  }

  /** Null where the look shows no process of this machine, or one whose daemon is not to be seen. */
  function describe (process: ProcessInfo, before: SeenProcess[]): SeenProcess | null {
    const entry = findLocal(process, local)
    if (entry === null) return null
    const { pid, startTicks, parent } = entry
    const executable = local.executable(pid)
    // Its parent is another one as soon as the daemon has ended.
    const same = before.find(one => one.pid === pid && one.startTicks === startTicks)
    if (same !== undefined) return { ...same, executable }
    const daemon = local.entry(parent)
    if (daemon === null || (parent === 1 && !isSupervisord(parent, local))) return null
    return { pid, startTicks, executable, daemon: { pid: daemon.pid, startTicks: daemon.startTicks } }
  }

  return {
    attend,
    async orphans (program) {
      const orphans = (await recall(program)).map(one => ({ pid: one.pid, remains: () => remainsOf(one, local) }))
      return orphans.filter(({ remains }) => remains().length > 0)
    },
  }
}

/**
 * Go lets the kernel kill a program with its supervisord, but not the program's children. The number of a process group is
 * not given to a process while anybody is in the group.
 */
function remainsOf ({ pid, startTicks, executable, daemon }: SeenProcess, local: ProcessTable): ProcessEntry[] {
  if (local.isAlive(daemon)) return []
  const own = local.entry(pid)
  if (own !== null && own.startTicks !== startTicks) return []
  // A process that is ending has no executable any more for an instant before it is a zombie.
  if (own !== null && !own.isZombie) return executable === null || [executable, null].includes(local.executable(pid)) ? [own] : []
  return local.entries().filter(entry => entry.group === pid && entry.startTicks >= startTicks && entry.pid !== pid && !entry.isZombie)
}
