import { setTimeout as wait } from 'node:timers/promises'

/** Waits until the time is over or the signal aborts. */
export async function pause (milliseconds: number, signal?: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {})
}
