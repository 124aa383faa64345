import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Polls until the answer is neither false, null nor undefined. */
export async function until<T> (
  what: string,
  look: () => T | Promise<T>,
  milliseconds = 15_000
): Promise<NonNullable<T>> {
  const deadline = performance.now() + milliseconds
  for (;;) {
    const seen = await look()
    if (seen !== false && seen !== null && seen !== undefined) return seen
    if (performance.now() > deadline) throw new Error(`waited ${milliseconds} ms in vain: ${what}`)
    await delay(20)
  }
}

/** Tells whether a process exists and is no zombie. */
export function isAlive (pid: number): boolean {
  return !['', 'Z', 'X'].includes(stat(`${pid}`)[0] ?? '')
}

/** Tells whether a signal has stopped every thread of the process, which takes a moment. */
export function isFrozen (pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every(thread => stat(`${pid}/task/${thread}`)[0] === 'T')
}

/** Fields of /proc/…/stat behind the name: state, parent, group, … */
function stat (place: string): string[] {
  const line = read(`/proc/${place}/stat`)
  return line.slice(line.lastIndexOf(')') + 2).split(' ')
}

/** Pids of the living processes whose environment has the entry, like `NAME=value`. */
export function pidsWithEnvironment (entry: string): number[] {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(Number)
  return pids.filter(pid => read(`/proc/${pid}/environ`).split('\0').includes(entry) && isAlive(pid))
}

/** Kills a process, unless it has ended since it was seen. */
export function killIfThere (pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Pids of the living processes with that command line, like `sh /tmp/x/run.sh 3`. */
export function pidsOfCommand (pids: number[], part: string): number[] {
  return pids.filter(pid => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').includes(part))
}

/** Pids of the process group. Its number is its leader's pid. */
export function pidsOfGroup (pids: number[], group: number): number[] {
  return pids.filter(pid => stat(`${pid}`)[2] === String(group))
}

/** Number of children of this process, zombies among them. */
export function countChildren (): number {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  return pids.filter(pid => stat(pid)[1] === String(process.pid)).length
}

/** Number of descriptors that this process has open. */
export function countDescriptors (): number {
  return readdirSync('/proc/self/fd').length
}

function read (file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
