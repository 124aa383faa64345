import { playDay } from './day.js'
import type { Narrator } from './narrator.js'
import { setStage, type Stage } from './stage.js'

/** Exit codes: all as documented, something was not, interrupted. */
export const EXIT = { success: 0, failure: 1, interrupted: 130 }

/**
 * Plays the operator's day and clears everything away, whatever happens; `keep` waits for `signal` before that.
 * Gives the exit code.
 */
export async function runDemo ({ narrator, signal, keep }: { narrator: Narrator, signal: AbortSignal, keep: boolean }): Promise<number> {
  const undo: (() => Promise<void>)[] = []
  let stage: Stage | null = null
  const startedAt = performance.now()
  try {
    const setting = setStage({ defer: one => { undo.push(one) }, signal })
    stage = await narrator.during('starting a chain with the rehearsal contracts, and the service', setting)
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
  } finally {
    await narrator.during('clearing away', clearAway(undo))
    narrator.say('Nothing is left behind.')
  }
}

async function stayUp ({ stage, apiKey, narrator, signal }: { stage: Stage, apiKey: string, narrator: Narrator, signal: AbortSignal }): Promise<void> {
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
