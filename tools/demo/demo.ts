import { playDay } from './day.js'
import type { Narrator } from './narration/narrator.js'
import { type Defer, setStage, type Stage } from './stage.js'

/** Exit codes: all as documented, a deviation, interrupted. */
export const EXIT = { success: 0, failure: 1, interrupted: 130 }

/**
 * Plays the operator's day, and clears everything away in any case. `keep` waits for `signal` before that. Returns the
 * exit code.
 */
export async function runDemo ({
  narrator, signal, keep
}: {
  narrator: Narrator, signal: AbortSignal, keep: boolean
}): Promise<number> {
  const undo: (() => Promise<void>)[] = []
  const exitCode = await play({ narrator, signal, keep, defer: one => { undo.push(one) } })
  await narrator.during('clearing away', clearAway(undo))
  narrator.say('Nothing is left behind.')
  return exitCode
}

async function play ({ narrator, signal, keep, defer }: {
  narrator: Narrator, signal: AbortSignal, keep: boolean, defer: Defer
}): Promise<number> {
  let stage: Stage | null = null
  const startedAt = performance.now()
  try {
    stage = await narrator.during(
      'starting a chain with the rehearsal contracts, and the service', setStage({ defer, signal })
    )
    narrator.say(`A chain with the rehearsal contracts: ${stage.chainUrl}. The service: ${stage.url}`)
    const apiKey = await playDay({ stage, narrator, signal, keep })
    narrator.say(`\nAll as documented, in ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`)
    if (keep) await stayUp({ stage, apiKey, narrator, signal })
    return EXIT.success
  } catch (error) {
    if (signal.aborted) return EXIT.interrupted
    narrator.failed(describe(error as Error))
    for (const line of stage?.service.lastLines() ?? []) narrator.say(`   ${line}`)
    return EXIT.failure
  }
}

async function stayUp ({
  stage, apiKey, narrator, signal
}: {
  stage: Stage, apiKey: string, narrator: Narrator, signal: AbortSignal
}): Promise<void> {
  narrator.say(`\nIt stays up until Ctrl-C. In another terminal:\n
ENDPOINT=${stage.url}
API_KEY=${apiKey}
curl -s $ENDPOINT/api/getGeneratorStatus -H "api-key: $API_KEY"`)
  signal.throwIfAborted()
  await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
}

async function clearAway (undo: (() => Promise<void>)[]): Promise<void> {
  for (const one of undo.reverse()) await one()
}

function describe ({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}
