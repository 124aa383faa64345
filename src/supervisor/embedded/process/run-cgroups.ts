import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Log } from '../../supervisor.js'

/** Begins the name of a run's cgroup, before its id. A process stays in it, whatever its session, parent or environment. */
export const CGROUP_PREFIX = 'generator-client-'

export type RunCgroups = NonNullable<ReturnType<typeof createRunCgroups>>

/**
 * Makes one cgroup (version 2, see cgroup-v2.rst of the Linux kernel) for each run in `folder`, which is the service's
 * own cgroup. Returns null when that is not allowed, and the log says so.
 */
export function createRunCgroups ({ folder, log }: { folder: string | null, log: Log }) {
  try {
    if (folder === null) throw new Error('no cgroup of version 2 is mounted')
    tryOut(folder)
  } catch (error) {
    log.info({ reason: (error as Error).message },
      'programs get no cgroups: a process that leaves its session, its parent and its environment cannot be found')
    return null
  }
  const folderOf = (runId: string): string => path.join(folder, `${CGROUP_PREFIX}${runId}`)

  /** The child exists by now, so an error must not prevent that the service looks after it. */
  function comeBack (own: string): void {
    try {
      enter(own)
    } catch (error) /* c8 ignore start: the kernel has allowed the same in the trial, and cannot be made to refuse it later. */ {
      log.error({ err: error }, 'the service could not leave the cgroup of its program: that cgroup is not killed')
    } /* c8 ignore stop */
  }

  return {
    /** Calls the synchronous `spawn`, so that the child is in the run's cgroup from its birth. */
    spawnIn<T> (runId: string, spawn: () => T): T {
      try {
        mkdirSync(folderOf(runId))
        enter(folderOf(runId))
      } catch (error) {
        log.warn({ err: error }, 'the program gets no cgroup')
        return spawn()
      }
      // A child is born in its parent's cgroup, so the service goes there and comes back. Nothing else runs meanwhile.
      try {
        return spawn()
      } finally {
        comeBack(folder)
      }
    },
    /** Tells whether the run has a cgroup, so that all its processes can be found. */
    covers: (runId: string) => existsSync(folderOf(runId)),
    /** Tells whether a living process is in the run's cgroup. */
    isPopulated: (runId: string) => /^populated 1$/mu.test(read(path.join(folderOf(runId), 'cgroup.events'))),
    /** Sends SIGKILL to all processes of the run's cgroup at once. */
    kill (runId: string) {
      const pids = read(path.join(folderOf(runId), 'cgroup.procs')).split('\n')
      if (!pids.includes(String(process.pid))) ignoringErrors(() => write(path.join(folderOf(runId), 'cgroup.kill'), '1'))
    },
    /** Removes the run's cgroup if it is empty. */
    remove (runId: string) {
      ignoringErrors(() => removeTree(folderOf(runId)))
    },
  }
}

/** Finds the folder of the service's own cgroup by proc(5), or returns null. */
export function ownCgroupFolder ({ proc = '/proc/self' }: { proc?: string } = {}): string | null {
  const own = /^0::(\/.*)$/mu.exec(read(path.join(proc, 'cgroup')))?.[1]
  // Field 4 is the mounted part of the file system, and field 5 is the mount point.
  const mount = /^\S+ \S+ \S+ (\S+) (\S+) .* - cgroup2 /mu.exec(read(path.join(proc, 'mountinfo')))
  if (own === undefined || mount === null) return null
  const [, root = '', point = ''] = mount
  const inside = path.relative(root, own)
  // A mount of another part of the tree does not show the service's own cgroup.
  return inside.startsWith('..') ? null : path.join(point, inside)
}

/** Does in advance what every spawn needs. Throws an Error for a step that is not allowed. */
function tryOut (folder: string): void {
  enter(folder)
  const trial = path.join(folder, `${CGROUP_PREFIX}trial-${process.pid}`)
  mkdirSync(trial)
  try {
    enter(trial)
    enter(folder)
  } finally {
    rmdirSync(trial)
  }
}

function enter (folder: string): void {
  write(path.join(folder, 'cgroup.procs'), String(process.pid))
}

/** The files are the kernel's, so none may be made in their place. */
function write (file: string, text: string): void {
  writeFileSync(file, text, { flag: 'r+' })
}

function read (file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** A program may have made cgroups within its own. */
function removeTree (folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(path.join(folder, entry.name))
  }
  rmdirSync(folder)
}

/** Kernels before 5.14 have no cgroup.kill, and a cgroup may be gone or in use. The process table tells which processes live. */
function ignoringErrors (action: () => void): void {
  try {
    action()
  } catch {}
}
