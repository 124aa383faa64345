import { setTimeout as wait } from 'node:timers/promises'

/** Waits by the monotonic clock, or until the signal aborts. */
export async function pause (milliseconds: number, signal?: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {})
}

/** The operation's value, or `late` when it takes longer; the operation goes on then. */
export async function withinTime<T> ({ milliseconds, operation, late }: {
  milliseconds: number, operation: Promise<T>, late: () => T
}): Promise<T> {
  const settled = new AbortController()
  try {
    return await Promise.race([operation, pause(milliseconds, settled.signal).then(late)])
  } finally {
    settled.abort()
  }
}
