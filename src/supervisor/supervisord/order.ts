/**
 * The supervisor's answer to an order:
 * - `taken`: it was carried out once, so it must not be sent again
 * - `unsure`: the supervisor claims that it was carried out, which may be wrong
 * - `refused`: the same order may succeed a little later, or has succeeded all the same
 * - `impossible`: it can never succeed
 */
export interface OrderAnswer {
  is: 'taken' | 'unsure' | 'refused' | 'impossible'
  /** The supervisor's own words. Null: there are none. */
  text: string | null
}

export type Verb = 'start' | 'stop'

/** Sends an order. Throws if the call itself fails. */
export type SendOrder = (verb: Verb, program: string, signal: AbortSignal) => Promise<OrderAnswer>

export type Order = ReturnType<typeof createOrder>

/** The pause between two sendings of the same order. */
const REPEAT_MS = 500

/**
 * Runs an order beside the looks at the program, which show its effect. A supervisor may claim a start that did not
 * happen, refuse one that did, or answer long after. So a failed call counts as a refusal.
 */
export function createOrder ({ verb, program, sendOrder }: { verb: Verb, program: string, sendOrder: SendOrder }) {
  const giveUp = new AbortController()
  let isUnderWay = false
  let firstSentAt: number | null = null
  let lastSentAt = -Infinity
  let answer: OrderAnswer | null = null

  async function carryOut (): Promise<void> {
    try {
      answer = await sendOrder(verb, program, giveUp.signal)
    } catch (error) {
      answer = { is: 'refused', text: (error as Error).message }
    }
    isUnderWay = false
  }

  return {
    /** Sends the order, unless it is under way or was sent a moment ago. */
    send (): void {
      if (isUnderWay || performance.now() - lastSentAt < REPEAT_MS) return
      isUnderWay = true
      lastSentAt = performance.now()
      firstSentAt ??= lastSentAt
      carryOut()
    },
    isUnderWay: () => isUnderWay,
    /** Returns the milliseconds since the first sending, or 0 before it. */
    age: () => firstSentAt === null ? 0 : performance.now() - firstSentAt,
    /** Null: none has come yet. */
    answer: () => answer,
    cancel: () => giveUp.abort(),
  }
}
