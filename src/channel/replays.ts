const KEPT = 10_000
const DAY_MS = 86_400_000

/**
 * Remembers the messages that were carried out, for 24 hours, at most the last 10,000, and not beyond a restart.
 * A message is known by a digest of its ciphertext. The clock `now` (ms) must never go back.
 */
export function createReplays ({ now = () => performance.now() } = {}) {
  /** The oldest comes first. */
  const carriedOut = new Map<string, number>()

  return {
    remember (digest: string): void {
      carriedOut.set(digest, now())
      if (carriedOut.size <= KEPT) return
      const [oldest] = carriedOut.keys()
      carriedOut.delete(oldest!)
    },
    has (digest: string): boolean {
      return now() - (carriedOut.get(digest) ?? -Infinity) < DAY_MS
    },
  }
}
