import { readdirSync, readFileSync } from 'node:fs'

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

/** What a run's processes are known by. */
export interface RunIdentity {
  runId: string
  /** The run's main process, leader of its session; null when the run was never seen to begin. */
  leader: { pid: number, startTime: number } | null
  /** When the leader was found to have ended, in clock ticks; null: not yet, or not known. */
  endedAt: number | null
}

export interface ProcessTable {
  bootId: string
  /** Clock ticks since boot. */
  now (): number
  /** Null: no process has the pid. */
  entry (pid: number): ProcessEntry | null
  isAlive (process: { pid: number, startTime: number }): boolean
  /** All that are alive and proven to be the run's; `known` are entries that were proven before. */
  members (run: RunIdentity, known: ProcessEntry[]): ProcessEntry[]
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

  function carriesRunId ({ pid }: ProcessEntry, runId: string): boolean {
    // Another user's environment is unreadable: such a process must be proven by its session.
    return readText(`${folder}/${pid}/environ`)?.includes(`${RUN_ID_VARIABLE}=${runId}`) === true
  }

  return {
    bootId,
    // proc_uptime's two decimals are the ticks: USER_HZ is 100 on every Linux that Node runs on.
    now: () => Number(readText(`${folder}/uptime`)?.split(' ')[0]?.replace('.', '')),
    entry: readEntry,
    isAlive ({ pid, startTime }) {
      const found = readEntry(pid)
      return found !== null && found.startTime === startTime && !found.isZombie
    },
    members (run, known) {
      // Nothing of the run is older than its leader, or in the service's session: most environments need no look.
      // Group 0 or 1 cannot be a run's, and a signal to -1 would go to everybody.
      const candidates = entries().filter(({ startTime, session, group }) =>
        startTime >= (run.leader?.startTime ?? 0) && session !== ownSession && group > 1)
      const isProven = (candidate: ProcessEntry): boolean =>
        known.some((proven) => isSame(proven, candidate)) ||
        isLeader(candidate, run) || isOfEndedLeader(candidate, run) || carriesRunId(candidate, run.runId)
      return withRelatives(candidates.filter(isProven), candidates).filter(({ isZombie }) => !isZombie)
    },
  }
}

function isSame (one: { pid: number, startTime: number }, other: { pid: number, startTime: number }): boolean {
  return one.pid === other.pid && one.startTime === other.startTime
}

function isLeader (candidate: ProcessEntry, { leader }: RunIdentity): boolean {
  return leader !== null && isSame(candidate, leader)
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
