import { Type, type Static } from '@sinclair/typebox'
import { createSchemaCheck } from '../../../files/schema-check.js'
import { createProcessTable, isSameProcess, type ProcessEntry, type ProcessTable } from '../../../machine/process-table.js'
import { createSerial } from '../../../timing/serial.js'
import { createRecordFiles } from '../../record-files.js'
import type { Log, ProcessInfo } from '../../supervisor.js'
import type { Reading } from '../reading.js'
import { findLocal, isSupervisord } from './process-family.js'

const startTicks = Type.Integer({ minimum: 0 })

/** A process of a program as the supervisor showed it, and the daemon that ran it. */
export const SeenProcess = Type.Object({
  pid: Type.Integer({ minimum: 2 }),
  startTicks,
  /** A path. Null when it could not be read. */
  executable: Type.Union([Type.String(), Type.Null()]),
  daemon: Type.Object({ pid: Type.Integer({ minimum: 1 }), startTicks }),
})
export type SeenProcess = Static<typeof SeenProcess>

const isSeen = createSchemaCheck(Type.Object({
  program: Type.String(), bootId: Type.String(), processes: Type.Array(SeenProcess, { maxItems: 64 }),
}))

/** Keeps the processes of each program that were seen last, which may still run. Keeps none without folder or process table. */
export function createSeenProcesses ({ folder, log }: { folder: string | undefined, log: Pick<Log, 'warn'> }) {
  const { bootId } = createProcessTable()
  // The embedded supervisor's own records begin with `supervisor-`.
  const files = folder === undefined || bootId === null ? null : createRecordFiles({ folder, prefix: 'supervisord-' })
  const inTurn = createSerial()

  return {
    /** Leaves out processes of an earlier boot of the machine. */
    async load (program: string): Promise<SeenProcess[]> {
      if (files === null) return []
      const file = files.nameFor(program)
      try {
        const seen = await files.read(file)
        if (isSeen(seen)) return seen.bootId === bootId ? seen.processes : []
        log.warn({ program, file }, 'the record of a program\'s last process is damaged; an orphan of it is not found')
      } catch (error) {
        const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
        if (!isMissing) log.warn({ program, err: error }, 'the record of a program\'s last process cannot be read; an orphan of it is not found')
      }
      return []
    },
    /** The record is durable when it resolves. Never throws: the log tells what cannot be kept. */
    async save (program: string, processes: SeenProcess[]): Promise<void> {
      if (files === null) return
      await inTurn(() => files.write(program, { program, bootId, processes })).catch(error => {
        log.warn({ program, err: error }, 'the record of a program\'s process cannot be written; an orphan of it is not found')
      })
    },
  }
}

/** A process of a program whose supervisord is gone, or what is left of its process group. */
export interface Orphan {
  pid: number
  /** Returns its own entry while it lives, then those of its group. */
  remains (): ProcessEntry[]
}

export type OrphanWatch = ReturnType<typeof createOrphanWatch>

/**
 * A supervisord that is killed leaves its programs running, and the next one does not know them. So each process that a
 * look shows is kept with the daemon that runs it. It is an orphan while it lives and that daemon is gone.
 */
export function createOrphanWatch ({ seen, local = createProcessTable() }: { seen: ReturnType<typeof createSeenProcesses>, local?: ProcessTable }) {
  const known = new Map<string, Promise<SeenProcess[]>>()

  function recall (program: string): Promise<SeenProcess[]> {
    const processes = known.get(program) ?? seen.load(program)
    known.set(program, processes)
    return processes
  }

  /** Takes note of the process that a look shows, and adds `orphan_pids` to it. */
  async function attend (program: string, reading: Reading): Promise<Reading> {
    const before = await recall(program)
    const current = describe(reading.process, before)
    const others = before.filter(one => current === null || !isSameProcess(one, current))
    const remaining = others.filter(one => local.isAlive(one) || remainsOf(one, local).length > 0)
    const now = current === null ? remaining : [...remaining, current]
    if (JSON.stringify(now) !== JSON.stringify(before)) {
      known.set(program, Promise.resolve(now))
      await seen.save(program, now)
    }
    const pids = remaining.flatMap(one => remainsOf(one, local)).map(({ pid }) => pid)
    return pids.length === 0 ? reading : { ...reading, process: { ...reading.process, orphan_pids: pids } }
  }

  /** Returns null for a look without a process of this machine, and for a process whose daemon is hidden. */
  function describe (process: ProcessInfo, before: SeenProcess[]): SeenProcess | null {
    const entry = findLocal(process, local)
    if (entry === null) return null
    const { pid, startTicks, parent } = entry
    const executable = local.executable(pid)
    // The process gets another parent as soon as its daemon has ended.
    const same = before.find(one => isSameProcess(one, entry))
    if (same !== undefined) return { ...same, executable }
    const daemon = local.entry(parent)
    if (daemon === null || (parent === 1 && !isSupervisord(parent, local))) return null
    return { pid, startTicks, executable, daemon: { pid: daemon.pid, startTicks: daemon.startTicks } }
  }

  async function orphans (program: string): Promise<Orphan[]> {
    const processes = (await recall(program)).map(one => ({ pid: one.pid, remains: () => remainsOf(one, local) }))
    return processes.filter(({ remains }) => remains().length > 0)
  }

  return { attend, orphans }
}

/**
 * Go lets the kernel kill a program together with its supervisord, but not the program's children. The kernel gives the
 * number of a process group to no process while anybody is in the group.
 */
function remainsOf ({ pid, startTicks, executable, daemon }: SeenProcess, local: ProcessTable): ProcessEntry[] {
  if (local.isAlive(daemon)) return []
  const own = local.entry(pid)
  if (own !== null && own.startTicks !== startTicks) return []
  // A process that is ending shows no executable for an instant before it is a zombie.
  if (own !== null && !own.isZombie) return executable === null || [executable, null].includes(local.executable(pid)) ? [own] : []
  return local.entries().filter(entry => entry.group === pid && entry.startTicks >= startTicks && entry.pid !== pid && !entry.isZombie)
}
