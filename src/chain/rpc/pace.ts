/** The smallest plan of a provider. */
const SLOWEST_PER_SECOND = 1
const FIRST_PAUSE_MS = 250
/** A provider may ask for a pause of a day. After this long the client tries again all the same. */
const LONGEST_PAUSE_MS = 60_000
/** The part of a second's calls that may go at once. Providers count in windows of a second or less. */
const BURST_SECONDS = 0.5
const WINDOW_MS = 1000

export interface TurnOptions {
  wanted: number
  /** Waits until no other caller does. */
  background: boolean
  /** The end of the wait, in ms of `performance.now()`. */
  until: number
  signal: AbortSignal
}

export type Pace = ReturnType<typeof createPace>

/**
 * Learns how many calls a second a provider lets through. There is no bound until it first refuses some. Then the pace
 * shrinks to the calls that passed lately, or to half of the offered ones, and at least by a quarter. It grows by one call
 * a second for each second of calls that pass, like TCP's congestion window (RFC 5681, section 3.1).
 */
export function createPace ({ now = () => performance.now(), random = Math.random }: { now?: () => number, random?: () => number } = {}) {
  type Turn = { wanted: number, grant: (calls: number) => void }
  const callers: Turn[] = []
  const background: Turn[] = []
  const offeredLately = createTally(now)
  const passedLately = createTally(now)
  let perSecond = Infinity
  let allowance = Infinity
  let countedAt = now()
  let pausedUntil = -Infinity
  let shrunkAt = -Infinity
  let refusalsInARow = 0
  let timer: NodeJS.Timeout | undefined

  /** Waits for a turn. Returns how many calls may go in it, 1 to `wanted`. Rejects at `until` and at the signal. */
  async function take ({ wanted, background: isBackground, until, signal }: TurnOptions): Promise<number> {
    if (signal.aborted || pausedUntil > until) throw new Error('no turn comes in time')
    const queue = isBackground ? background : callers
    return await new Promise((resolve, reject) => {
      const leave = () => {
        queue.splice(queue.indexOf(turn), 1)
        reject(new Error('no turn has come in time'))
        serve()
      }
      const turn: Turn = {
        wanted,
        grant (calls) {
          signal.removeEventListener('abort', leave)
          resolve(calls)
        },
      }
      signal.addEventListener('abort', leave, { once: true })
      queue.push(turn)
      serve()
    })
  }

  /** Grants all turns that are due, and sets the timer for the next one. */
  function serve (): void {
    clearTimeout(timer)
    for (;;) {
      const queue = callers.length > 0 ? callers : background
      const [turn] = queue
      if (turn === undefined) return
      const calls = Math.min(turn.wanted, Math.max(1, Math.floor(perSecond * BURST_SECONDS)))
      const waitMs = timeUntil(calls)
      if (waitMs > 0) {
        timer = setTimeout(serve, Math.ceil(waitMs))
        return
      }
      queue.shift()
      allowance -= calls
      offeredLately.add(calls)
      turn.grant(calls)
    }
  }

  function timeUntil (calls: number): number {
    const time = now()
    if (perSecond === Infinity) return pausedUntil - time
    // Even a slow plan may save up for one call.
    allowance = Math.min(Math.max(1, perSecond * BURST_SECONDS), allowance + (time - countedAt) / 1000 * perSecond)
    countedAt = time
    return Math.max(pausedUntil - time, (calls - allowance) / perSecond * 1000)
  }

  function passed (calls: number): void {
    if (calls === 0) return
    refusalsInARow = 0
    passedLately.add(calls)
    perSecond += calls / perSecond
  }

  /** Takes note of calls that the provider's limit refused. Others of the same exchange may have `passed`. */
  function limited ({ sentAt, passed, retryAfterMs }: { sentAt: number, passed: number, retryAfterMs: number | null }): void {
    const time = now()
    // Calls that were sent at the old pace say nothing about the new one.
    if (sentAt >= shrunkAt) {
      shrink(passed)
      shrunkAt = time
      refusalsInARow += 1
    }
    const pauseMs = FIRST_PAUSE_MS * 2 ** (refusalsInARow - 1) * (1 + random() / 4)
    pausedUntil = Math.max(pausedUntil, time + Math.min(LONGEST_PAUSE_MS, retryAfterMs ?? pauseMs))
  }

  function shrink (passed: number): void {
    const seen = passedLately.total()
    const estimate = passed > 0 ? seen : Math.max(seen, offeredLately.total() / 2)
    perSecond = Math.max(SLOWEST_PER_SECOND, Math.min(perSecond * 0.75, estimate))
    allowance = 0
    countedAt = now()
  }

  return { take, passed, limited }
}

/** Counts events of the last second. */
function createTally (now: () => number) {
  let entries: Array<{ at: number, count: number }> = []

  function recent () {
    entries = entries.filter(({ at }) => at > now() - WINDOW_MS)
    return entries
  }

  return {
    add: (count: number): void => { recent().push({ at: now(), count }) },
    total: (): number => recent().reduce((sum, { count }) => sum + count, 0),
  }
}
