/**
 * What a supervisor made of an order:
 * - `taken`: it was carried out once, whatever came of it, so it must not be sent again;
 * - `unsure`: the supervisor says that it was carried out, which is not to be believed;
 * - `refused`: the same order may be taken a little later, or has been taken all the same;
 * - `impossible`: it will never be taken.
 */
export interface OrderAnswer {
  is: 'taken' | 'unsure' | 'refused' | 'impossible'
  /** The supervisor's own words; null where it has none. */
  text: string | null
}

export type Verb = 'start' | 'stop'

/** Sends an order. Throws when the call itself failed. */
export type SendOrder = (verb: Verb, program: string, signal: AbortSignal) => Promise<OrderAnswer>

export interface Order {
  /** Sends it (again), unless it is still under way or was sent a moment ago. */
  send (): void
  isUnderWay (): boolean
  /** Milliseconds since it was first sent, 0 before. */
  age (): number
  /** Null: none has come yet. */
  answer (): OrderAnswer | null
  /** Gives up on a call that is under way. */
  cancel (): void
}

/** Pause between two sendings of the same order. */
const REPEAT_MS = 500

/**
 * An order runs beside the looks at the program, which show what came of it: a supervisor may claim a start that did not
 * happen, refuse one that did, or hold the call until long after. So a failed call is just one more refusal.
 */
export function createOrder ({ verb, program, sendOrder }: { verb: Verb, program: string, sendOrder: SendOrder }): Order {
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
    send () {
      if (isUnderWay || performance.now() - lastSentAt < REPEAT_MS) return
      isUnderWay = true
      lastSentAt = performance.now()
      firstSentAt ??= lastSentAt
      carryOut()
    },
    isUnderWay: () => isUnderWay,
    age: () => firstSentAt === null ? 0 : performance.now() - firstSentAt,
    answer: () => answer,
    cancel: () => giveUp.abort(),
  }
}
