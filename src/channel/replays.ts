const KEPT = 10_000
const DAY_MS = 86_400_000

/**
 * Remembers the messages that are under way, and those that were carried out: for 24 hours, at most the last 10,000,
 * and not beyond a restart. A message is known by a digest of its ciphertext. The clock `now` (ms) must never go back.
 */
export function createReplays ({ now = () => performance.now() } = {}) {
  /** The oldest comes first. */
  const carriedOut = new Map<string, number>()
  const underWay = new Set<string>()

  return {
    /** Begins a message. Returns false for one that has come before. */
    begin (digest: string): boolean {
      if (underWay.has(digest) || now() - (carriedOut.get(digest) ?? -Infinity) < DAY_MS) return false
      underWay.add(digest)
      return true
    },
    /** Ends a message that was begun. One that was refused may come again. */
    end (digest: string, { isCarriedOut }: { isCarriedOut: boolean }): void {
      underWay.delete(digest)
      if (!isCarriedOut) return
      carriedOut.set(digest, now())
      if (carriedOut.size <= KEPT) return
      const [oldest] = carriedOut.keys()
      carriedOut.delete(oldest!)
    },
  }
}
