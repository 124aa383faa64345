interface Waiting {
  /** Tells whether nobody waits for the result any more. */
  isGone: () => boolean
  go: () => void
}

/**
 * Lets strangers proceed one after the other, in order of arrival, and rests for `turnMs` after each. The owner keeps
 * most of the event loop's time. A slow pace also slows strangers' new connections, which the kernel queues before the
 * owner's.
 */
export function createTurns ({ turnMs }: { turnMs: number }) {
  let waiting: Waiting[] = []
  let isResting = false

  function takeTurn (): void {
    isResting = waiting.length > 0
    if (!isResting) return
    setTimeout(takeTurn, turnMs)
    waiting = waiting.filter(({ isGone }) => !isGone())
    waiting.shift()?.go()
  }

  return (one: Waiting): void => {
    waiting.push(one)
    if (!isResting) takeTurn()
  }
}
