import { readFileSync } from 'node:fs'

/** The usual limit of a process, for when the system tells none. */
const USUAL_LIMIT = 1024
/** The number of connections for METRICS_PORT. A Prometheus needs one. */
export const METRICS_CONNECTIONS = 16
/** The service needs 27 with two programs (counted in /proc/self/fd), and more for changes and METRICS_PORT. */
const KEPT = 48 + METRICS_CONNECTIONS
/** With fewer descriptors, none would be left for clients. */
const LEAST_DESCRIPTORS = 64
/** Below 80 descriptors METRICS_PORT shares those that are kept for files. */
const LEAST_CONNECTIONS = 16

/** Returns how many files this process may open: `ulimit -Hn`. Node raises its soft limit to that at the start. */
export function descriptorLimit (file = '/proc/self/limits'): number {
  try {
    return Number(/^Max open files +(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? USUAL_LIMIT)
  } catch {
    return USUAL_LIMIT
  }
}

/** Returns how many connections leave enough for files and programs. Throws an Error if the limit is too low. */
export function connectionsWithin (descriptors: number): number {
  if (descriptors < LEAST_DESCRIPTORS) {
    throw new Error(`only ${descriptors} files may be open at once: raise the limit (ulimit -n) to ${LEAST_DESCRIPTORS} or more`)
  }
  return Math.max(LEAST_CONNECTIONS, Math.min(Math.floor(descriptors / 2), descriptors - KEPT))
}
