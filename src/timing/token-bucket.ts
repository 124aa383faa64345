export interface TokenBucketOptions {
  /** The capacity, and the number of tokens at first. */
  burst: number
  perSecond: number
  /** Milliseconds of a clock that never goes back. */
  now?: () => number
}

/**
 * Lets `burst` events pass at once and `perSecond` in the long run. `take` returns the seconds until the next event
 * may pass, or 0.
 */
export function createTokenBucket ({ burst, perSecond, now = () => performance.now() }: TokenBucketOptions): { take: () => number } {
  let tokens = burst
  let filledAt = now()

  function take (): number {
    const time = now()
    tokens = Math.min(burst, tokens + (time - filledAt) / 1000 * perSecond)
    filledAt = time
    if (tokens < 1) return (1 - tokens) / perSecond
    tokens -= 1
    return 0
  }

  return { take }
}
