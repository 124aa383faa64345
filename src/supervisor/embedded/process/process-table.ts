import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { CGROUP_PREFIX } from './run-cgroups.js'

/** Holds a random id in the environment of every process that a run starts, wherever its session or parent may go. */
export const RUN_ID_VARIABLE = 'GENERATOR_CLIENT_RUN_ID'

/** A line of the process table. A pid is given again one day; pid and start time together are not. */
export interface ProcessEntry {
  pid: number
  parent: number
  group: number
  session: number
  /** Clock ticks since boot. */
  startTime: number
  isZombie: boolean
}

/** Facts that identify a process. Without `executable` its file is not compared. */
export interface ProcessKey {
  pid: number
  startTime: number
  executable?: string | null
}

/** What a run's processes are known by. */
export interface RunIdentity {
  runId: string
  /** The run's main process, leader of its session; null when the run was never seen to begin. */
  leader: ProcessKey | null
  /** When the leader was found to have ended, in clock ticks; null: not yet, or not known. */
  endedAt: number | null
}

export interface ProcessTable {
  bootId: string
  /** Clock ticks since boot. */
  now (): number
  /** Null: no process has the pid. */
  entry (pid: number): ProcessEntry | null
  isAlive (process: ProcessKey): boolean
  /** The path of the file that the process runs; null where it is gone, or not for us to read. */
  executable (pid: number): string | null
  /** All that are alive and proven to be the run's; `known` are entries that were proven before. */
  members (run: RunIdentity, known: ProcessEntry[]): ProcessEntry[]
  /** Processes that may be the run's, but whose environment and cgroup are not for us to read. */
  unseen (run: RunIdentity): ProcessEntry[]
}

/**
 * Linux's process table, read from proc(5).
 * @throws Error where there is none
 */
export function createProcessTable ({ folder = '/proc' }: { folder?: string } = {}): ProcessTable {
  const bootId = readText(`${folder}/sys/kernel/random/boot_id`)?.trim()
  if (bootId === undefined) throw new Error(`The embedded supervisor needs Linux's ${folder} to find a program's processes.`)
  const ownSession = readEntry(process.pid)?.session

  function readEntry (pid: number): ProcessEntry | null {
    const text = readText(`${folder}/${pid}/stat`)
    return text === null ? null : parseStat(text)
  }

  function entries (): ProcessEntry[] {
    return readdirSync(folder)
      .filter((name) => /^\d+$/u.test(name))
      .map((name) => readEntry(Number(name)))
      .filter((found) => found !== null)
  }

  /** Nothing of a run is older than its leader, or in the service's session. A group of 0 or 1 is no run's, and a signal to -1 would go to everybody. */
  function candidatesFor (run: RunIdentity): ProcessEntry[] {
    return entries().filter(({ startTime, session, group }) =>
      startTime >= (run.leader?.startTime ?? 0) && session !== ownSession && group > 1)
  }

  /** Another user's environment is unreadable. Such a process is proven by its cgroup or its session. */
  function carriesRunId ({ pid }: ProcessEntry, runId: string): boolean {
    return readText(`${folder}/${pid}/environ`)?.includes(`${RUN_ID_VARIABLE}=${runId}`) === true ||
      readText(`${folder}/${pid}/cgroup`)?.includes(`${CGROUP_PREFIX}${runId}`) === true
  }

  function executable (pid: number): string | null {
    try {
      // The file of a running program may have been replaced by a newer one.
      return readlinkSync(`${folder}/${pid}/exe`).replace(/ \(deleted\)$/u, '')
    } catch {
      return null
    }
  }

  function isLeader (candidate: ProcessEntry, { leader }: RunIdentity): boolean {
    if (leader === null || !isSame(candidate, leader)) return false
    const [recorded = null, now] = [leader.executable, executable(candidate.pid)]
    return recorded === null || now === null || recorded === now
  }

  return {
    bootId,
    // proc_uptime's two decimals are the ticks: USER_HZ is 100 on every Linux that Node runs on.
    now: () => Number(readText(`${folder}/uptime`)?.split(' ')[0]?.replace('.', '')),
    entry: readEntry,
    executable,
    isAlive ({ pid, startTime }) {
      const found = readEntry(pid)
      return found !== null && found.startTime === startTime && !found.isZombie
    },
    members (run, known) {
      const candidates = candidatesFor(run)
      const isProven = (candidate: ProcessEntry): boolean =>
        known.some((proven) => isSame(proven, candidate)) ||
        isLeader(candidate, run) || isOfEndedLeader(candidate, run) || carriesRunId(candidate, run.runId)
      return withRelatives(candidates.filter(isProven), candidates).filter(({ isZombie }) => !isZombie)
    },
    unseen: (run) => candidatesFor(run).filter(({ pid, isZombie }) => !isZombie && isRefused(`${folder}/${pid}/environ`)),
  }
}

function isSame (one: ProcessKey, other: ProcessKey): boolean {
  return one.pid === other.pid && one.startTime === other.startTime
}

/** Until the leader ended, nobody else could have had its pid: who was in that session by then is the run's. */
function isOfEndedLeader ({ session, startTime }: ProcessEntry, { leader, endedAt }: RunIdentity): boolean {
  return leader !== null && endedAt !== null && session === leader.pid && startTime < endedAt
}

/**
 * The leader begins a session of its own, so every session of a proven process was begun by the run, and its number is
 * not given again while a process is in it. Children of proven processes are the run's too.
 */
function withRelatives (proven: ProcessEntry[], candidates: ProcessEntry[]): ProcessEntry[] {
  const sessions = new Set(proven.map(({ session }) => session))
  const parents = new Set(proven.map(({ pid }) => pid))
  const found = candidates.filter((candidate) =>
    proven.includes(candidate) || sessions.has(candidate.session) || parents.has(candidate.parent))
  return found.length === proven.length ? found : withRelatives(found, candidates)
}

/** The name in parentheses may itself hold spaces and parentheses. */
function parseStat (text: string): ProcessEntry {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group, session] = fields
  return {
    pid: Number.parseInt(text),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startTime: Number(fields[19]),
    isZombie: state === 'Z' || state === 'X',
  }
}

/** Null: the process is gone meanwhile, or it is not for us to read. */
function readText (file: string): string | null {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return null
  }
}

/** Whether a file is there and cannot be read. */
function isRefused (file: string): boolean {
  try {
    readFileSync(file)
    return false
  } catch (error) {
    return !['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))
  }
}
