const TURN_MS = 1
/** One request costs about 0.2 ms with its connection. So the owner keeps most of the time. */
const REQUESTS_A_TURN = 1

/**
 * Lets unauthenticated requests proceed at a bounded pace, in order of arrival. However many there are, the owner
 * keeps most of the event loop's time. A slow pace also slows strangers' new connections, which the kernel queues
 * before the owner's.
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
