const TURN_MS = 1
/** One costs some 0.2 ms with its connection: the most of the time is left to the owner. */
const REQUESTS_A_TURN = 1

/** A request that may not go on before its turn. */
export interface WaitingRequest {
  /** Whether nobody waits for the answer any more. */
  isGone: () => boolean
  go: () => void
}

/**
 * Lets requests that nobody vouches for go on at a bounded pace, in the order of their coming. However many there are, most of
 * the event loop's time is the owner's. A slow pace slows strangers' new connections too, which the kernel queues before the owner's.
 */
export function createStrangerTurns () {
  let waiting: WaitingRequest[] = []
  let isResting = false

  function wait (request: WaitingRequest): void {
    waiting.push(request)
    if (!isResting) takeTurn()
  }

  function takeTurn (): void {
    isResting = waiting.length > 0
    if (!isResting) return
    setTimeout(takeTurn, TURN_MS)
    waiting = waiting.filter(({ isGone }) => !isGone())
    for (const { go } of waiting.splice(0, REQUESTS_A_TURN)) go()
  }

  return { wait }
}
