import type { Call } from './load-calls.js'

/** The answers of the calls, and their times in ms. */
export function createTally () {
  /** Counts each answer, and lists each that is not documented. */
  const outcomes = new Map<string, number>()
  const problems = new Map<string, number>()
  const latencies: number[] = []
  let fiveHundreds = 0

  async function count ({ name, statuses, send }: Call, number: number): Promise<void> {
    const begun = performance.now()
    const status = await send(number).catch((error: NodeJS.ErrnoException) => error.code ?? error.message)
    latencies.push(performance.now() - begun)
    add(outcomes, `${name}: ${status}`)
    if (Number(status) >= 500) fiveHundreds += 1
    if (!statuses.includes(Number(status))) add(problems, `${name}: ${status}`)
  }

  return { count, outcomes, problems, latencies, fiveHundreds: () => fiveHundreds }
}

function add (counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
