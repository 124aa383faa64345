import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { ProcessInfo } from '../supervisor.js'

/** A line of the process table (proc(5), /proc/[pid]/stat). `startTicks` tells a process from a later one with its pid. */
interface TableEntry { pid: number, parent: number, group: number, session: number, startTicks: number, isZombie: boolean }

/** A program's process, its descendants, and whatever shares its process group or session. */
export interface ProcessFamily {
  /** Pids of members that are still alive. */
  survivors (): number[]
}

/** How far the age of a process may be from the uptime that the supervisor tells: it counts in whole seconds. */
const AGE_TOLERANCE_SECONDS = 3
/** USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_A_SECOND = 100

/**
 * Takes note of the family of a running program, so that it can be told afterwards what a stop has left over; null where
 * the process is not in the process table of this machine.
 */
export function captureFamily (process: ProcessInfo, procFolder = '/proc'): ProcessFamily | null {
  const { pid } = process
  if (pid === null) return null
  const table = readTable(procFolder)
  const leader = table.find(entry => entry.pid === pid)
  if (leader === undefined || !hasAge(leader, process.uptime_seconds, procFolder)) return null
  const members = new Map(withDescendants(leader, table).map(entry => [entry.pid, entry.startTicks]))
  return {
    survivors () {
      const now = readTable(procFolder)
      return now.filter(entry => !entry.isZombie && isMember(entry, pid, members)).map(entry => entry.pid)
    },
  }
}

export function describeSurvivors (pids: number[]): string {
  return `processes of an earlier run are still there (pid ${pids.join(', ')}): set stopasgroup=true for the program in the supervisor's configuration, and end them`
}

/** A group or session is named by the pid of its leader, and that pid is not given away while one of the two lives. */
function isMember (entry: TableEntry, leaderPid: number, members: Map<number, number>): boolean {
  const isLeadersGroup = (entry.group === leaderPid || entry.session === leaderPid) && entry.pid !== leaderPid
  return isLeadersGroup || members.get(entry.pid) === entry.startTicks
}

function withDescendants (leader: TableEntry, table: TableEntry[]): TableEntry[] {
  const family = [leader]
  for (const member of family) family.push(...table.filter(entry => entry.parent === member.pid))
  return family
}

/** A supervisor in another container tells pids of another process table: there, the pid is somebody else's here. */
function hasAge (entry: TableEntry, uptimeSeconds: number | null, procFolder: string): boolean {
  if (uptimeSeconds === null) return true
  const sinceBoot = Number(readFileSync(`${procFolder}/uptime`, 'utf8').split(' ')[0])
  return Math.abs(sinceBoot - entry.startTicks / TICKS_A_SECOND - uptimeSeconds) <= AGE_TOLERANCE_SECONDS
}

/** One file at a time: hundreds of processes must not take hundreds of descriptors. Empty where there is no process table. */
function readTable (procFolder: string): TableEntry[] {
  if (!existsSync(procFolder)) return []
  const pids = readdirSync(procFolder).filter(name => /^\d+$/.test(name))
  return pids.map(pid => readEntry(pid, procFolder)).filter(entry => entry !== null)
}

function readEntry (pid: string, procFolder: string): TableEntry | null {
  const stat = readText(`${procFolder}/${pid}/stat`)
  // The name in parentheses may itself hold spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields === undefined) return null
  const [state, parent, group, session] = fields
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTicks: Number(fields[19]),
    isZombie: state === 'Z' || state === 'X',
  }
}

/** Null: the process has ended meanwhile, or it is not for us to read. */
function readText (file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
