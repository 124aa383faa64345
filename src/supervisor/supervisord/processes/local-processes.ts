import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A line of the process table (proc(5), /proc/[pid]/stat). `startTicks` tells a process from a later one with its pid. */
export interface TableEntry {
  pid: number
  parent: number
  group: number
  session: number
  /** Clock ticks from the boot of the machine. */
  startTicks: number
  isZombie: boolean
}

/** Which process is meant: a pid is given again one day, pid and start time together are not. */
export type ProcessKey = Pick<TableEntry, 'pid' | 'startTicks'>

/** USER_HZ, which is 100 on every Linux that Node runs on. */
export const TICKS_A_SECOND = 100

/** The facts of this machine's process table; null or nothing for a process that has ended, or is not for us to read. */
export interface LocalProcesses {
  /** Null where there is no process table. */
  bootId: string | null
  secondsSinceBoot (): number
  entries (): TableEntry[]
  entry (pid: number): TableEntry | null
  isAlive (key: ProcessKey): boolean
  /** Path of what it executes, also where that file has been replaced since. */
  executable (pid: number): string | null
  /** Whether its command line names a supervisord, Go's or Python's. */
  isSupervisord (pid: number): boolean
  /** Entries like `NAME=value`. */
  environment (pid: number): string[]
  /** Its pipes and sockets, like `pipe:[4711]`; those of descriptors 0 to 2 alone where they are `standard`. */
  pipes (pid: number, which: 'all' | 'standard'): string[]
  /** Path of its control group (cgroup v2). */
  controlGroup (pid: number): string | null
}

export function createLocalProcesses (folder = '/proc'): LocalProcesses {
  /** Null: the process has ended meanwhile, or it is not for us to read. */
  function orNull<T> (read: () => T): T | null {
    try {
      return read()
    } catch {
      return null
    }
  }

  const readText = (name: string): string | null => orNull(() => readFileSync(`${folder}/${name}`, 'latin1'))

  function entry (pid: number): TableEntry | null {
    const stat = readText(`${pid}/stat`)
    return stat === null ? null : parseStat(pid, stat)
  }

  return {
    bootId: readText('sys/kernel/random/boot_id')?.trim() ?? null,
    secondsSinceBoot: () => Number(readText('uptime')?.split(' ')[0]),
    // One file at a time: hundreds of processes must not take hundreds of descriptors.
    entries: () => existsSync(folder) ? readdirSync(folder).filter(isPid).map(pid => entry(Number(pid))).filter(found => found !== null) : [],
    entry,
    isAlive ({ pid, startTicks }) {
      const found = entry(pid)
      return found !== null && found.startTicks === startTicks && !found.isZombie
    },
    executable: pid => orNull(() => readlinkSync(`${folder}/${pid}/exe`).replace(/ \(deleted\)$/, '')),
    isSupervisord: pid => /(?:^|[/\0])supervisord(?:\0|$)/.test(readText(`${pid}/cmdline`) ?? ''),
    environment: pid => readText(`${pid}/environ`)?.split('\0').filter(text => text !== '') ?? [],
    pipes (pid, which) {
      const descriptors = which === 'standard' ? ['0', '1', '2'] : orNull(() => readdirSync(`${folder}/${pid}/fd`)) ?? []
      const targets = descriptors.map(descriptor => orNull(() => readlinkSync(`${folder}/${pid}/fd/${descriptor}`)))
      return targets.filter(target => target !== null).filter(target => /^(?:pipe|socket):/.test(target))
    },
    controlGroup: pid => /^0::(.*)$/m.exec(readText(`${pid}/cgroup`) ?? '')?.[1] ?? null,
  }
}

function isPid (name: string): boolean {
  return /^\d+$/.test(name)
}

function parseStat (pid: number, stat: string): TableEntry {
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group, session] = fields
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTicks: Number(fields[19]),
    isZombie: state === 'Z' || state === 'X',
  }
}
