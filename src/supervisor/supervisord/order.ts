/** What a supervisor said when it refused an order. */
export interface Refusal {
  text: string
  /** False where the same order may be taken a little later, or has been taken all the same. */
  isFinal: boolean
}

export type Verb = 'start' | 'stop'

/** Sends an order; null: the supervisor says that it was carried out. Throws when the call itself failed. */
export type SendOrder = (verb: Verb, program: string, signal: AbortSignal) => Promise<Refusal | null>

export interface Order {
  /** Sends it (again), unless it is still under way or was sent a moment ago. */
  send (): void
  isUnderWay (): boolean
  /** Milliseconds since it was first sent, 0 before. */
  age (): number
  refusal (): Refusal | null
  /** Gives up on a call that is under way. */
  cancel (): void
}

/** Pause between two sendings of the same order. */
const REPEAT_MS = 500

/**
 * An order runs beside the looks at the program and is believed in nothing: a supervisor may claim a start that did not
 * happen, refuse one that did, or hold the call until long after. So a failed call is just one more refusal.
 */
export function createOrder ({ verb, program, sendOrder }: { verb: Verb, program: string, sendOrder: SendOrder }): Order {
  const giveUp = new AbortController()
  let isUnderWay = false
  let firstSentAt: number | null = null
  let lastSentAt = -Infinity
  let refusal: Refusal | null = null

  async function carryOut (): Promise<void> {
    try {
      refusal = await sendOrder(verb, program, giveUp.signal)
    } catch (error) {
      refusal = { text: (error as Error).message, isFinal: false }
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
    refusal: () => refusal,
    cancel: () => giveUp.abort(),
  }
}
