const TURN_MS = 1
/** A request costs about 0.2 ms with its connection, which leaves most of the time to the owner. */
const REQUESTS_A_TURN = 1

/**
 * Lets unauthenticated requests proceed at a bounded pace, in order of arrival. The owner keeps most of the event
 * loop's time. A slow pace also slows strangers' new connections, which the kernel queues before the owner's.
 */
export function createStrangerTurns () {
  /** `isGone` tells whether nobody waits for the answer any more. */
  let waiting: { isGone: () => boolean, go: () => void }[] = []
  let isResting = false

  function takeTurn (): void {
    isResting = waiting.length > 0
    if (!isResting) return
    setTimeout(takeTurn, TURN_MS)
    waiting = waiting.filter(({ isGone }) => !isGone())
    for (const { go } of waiting.splice(0, REQUESTS_A_TURN)) go()
  }

  return (request: typeof waiting[number]): void => {
    waiting.push(request)
    if (!isResting) takeTurn()
  }
}
