import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Names one process for good. The kernel gives a pid again, but not together with the start time. */
export interface ProcessKey {
  pid: number
  /** Clock ticks from the boot of the machine to the start of the process. */
  startTicks: number
}

/** A line of the process table (proc(5), /proc/[pid]/stat). */
export interface ProcessEntry extends ProcessKey {
  parent: number
  group: number
  session: number
  isZombie: boolean
}

/** USER_HZ, which is 100 on every Linux that Node runs on. */
export const TICKS_A_SECOND = 100

/** The process table of this machine. A process that has ended, or is not for us to read, gives null or nothing. */
export type ProcessTable = ReturnType<typeof createProcessTable>

/** Reads the process table from proc(5). `bootId` is null on a system that has none. */
export function createProcessTable ({ folder = '/proc' }: { folder?: string } = {}) {
  const readText = (name: string): string | null => orElse(null, () => readFileSync(`${folder}/${name}`, 'latin1'))
  const readLink = (name: string): string | null => orElse(null, () => readlinkSync(`${folder}/${name}`))
  const bootId = readText('sys/kernel/random/boot_id')?.trim() ?? null

  function entry (pid: number): ProcessEntry | null {
    const stat = readText(`${pid}/stat`)
    return stat === null ? null : parseStat(pid, stat)
  }

  /** Holds one descriptor at a time, because there may be hundreds. Throws when the table cannot be read. */
  function entries (): ProcessEntry[] {
    const names = bootId === null ? [] : readdirSync(folder)
    return names.filter(name => /^\d+$/.test(name)).map(pid => entry(Number(pid))).filter(found => found !== null)
  }

  /** Tells whether the process is there and another user's, so that its environment cannot be read. */
  function isHidden (pid: number): boolean {
    try {
      readFileSync(`${folder}/${pid}/environ`)
      return false
    } catch (error) {
      return !['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))
    }
  }

  /** Returns the pipes and sockets of all descriptors, or of 0 to 2, such as `pipe:[4711]`. */
  function pipes (pid: number, which: 'all' | 'standard'): string[] {
    const descriptors = which === 'standard' ? ['0', '1', '2'] : orElse([], () => readdirSync(`${folder}/${pid}/fd`))
    return descriptors.map(descriptor => readLink(`${pid}/fd/${descriptor}`) ?? '').filter(target => /^(?:pipe|socket):/.test(target))
  }

  return {
    bootId,
    /** Returns the clock ticks since boot. The two decimals of /proc/uptime are the ticks. */
    now: () => Number(readText('uptime')?.split(' ')[0]?.replace('.', '')),
    entries,
    entry,
    isAlive (key: ProcessKey): boolean {
      const found = entry(key.pid)
      return found !== null && isSameProcess(found, key) && !found.isZombie
    },
    /** Returns the path of the executed file, also after the file was replaced. */
    executable: (pid: number) => readLink(`${pid}/exe`)?.replace(/ \(deleted\)$/, '') ?? null,
    commandLine: (pid: number) => splitAtNul(readText(`${pid}/cmdline`)),
    /** Returns entries such as `NAME=value`. */
    environment: (pid: number) => splitAtNul(readText(`${pid}/environ`)),
    isHidden,
    pipes,
    /** Returns the path of the control group (cgroup v2). */
    controlGroup: (pid: number) => /^0::(.*)$/m.exec(readText(`${pid}/cgroup`) ?? '')?.[1] ?? null,
  }
}

export function isSameProcess (one: ProcessKey, other: ProcessKey): boolean {
  return one.pid === other.pid && one.startTicks === other.startTicks
}

function orElse<T> (otherwise: T, read: () => T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}

function splitAtNul (text: string | null): string[] {
  return text?.split('\0').filter(part => part !== '') ?? []
}

function parseStat (pid: number, stat: string): ProcessEntry {
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
