import { readFileSync } from 'node:fs'

/** Where nothing is said, what a process usually has. */
const USUAL_LIMIT = 1024
/** How many connections METRICS_PORT takes: a Prometheus needs one. */
export const METRICS_CONNECTIONS = 16
/** What the service itself has open, with two programs running (27, by /proc/self/fd), the files and RPC calls of a change, and METRICS_PORT. */
const KEPT = 48 + METRICS_CONNECTIONS
/** Fewer leave nothing for clients. */
const LEAST_DESCRIPTORS = 64
/** Below 80 descriptors METRICS_PORT has to share what is kept for files. */
const LEAST_CONNECTIONS = 16

/** How many files, sockets and pipes this process may have open: `ulimit -Hn`, for Node raises the soft limit to it at its start. */
export function descriptorLimit (file = '/proc/self/limits'): number {
  try {
    return Number(/^Max open files +(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? USUAL_LIMIT)
  } catch {
    return USUAL_LIMIT
  }
}

/** How many connections leave enough for files, programs and RPC calls. Throws an Error that names the limit where it is too low for a start. */
export function connectionsWithin (descriptors: number): number {
  if (descriptors < LEAST_DESCRIPTORS) {
    throw new Error(`only ${descriptors} files may be open at once: raise the limit (ulimit -n) to ${LEAST_DESCRIPTORS} or more`)
  }
  return Math.max(LEAST_CONNECTIONS, Math.min(Math.floor(descriptors / 2), descriptors - KEPT))
}
