/** Lets `burst` events pass at once and `perSecond` in the long run. The clock `now` (ms) must never go back. */
export function createTokenBucket ({ burst, perSecond, now = () => performance.now() }: {
  burst: number, perSecond: number, now?: () => number
}) {
  let tokens = burst
  let filledAt = now()

  return {
    /** Returns the seconds until the next event may pass, or 0. */
    take (): number {
      const time = now()
      tokens = Math.min(burst, tokens + (time - filledAt) / 1000 * perSecond)
      filledAt = time
      if (tokens < 1) return (1 - tokens) / perSecond
      tokens -= 1
      return 0
    },
  }
}
