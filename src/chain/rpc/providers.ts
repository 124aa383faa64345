import { createPace } from './pace.js'

/** Calls in one batch. The answers to 100 reads of the contracts take about 50 KB. */
const LARGEST_BATCH = 100
/** The number of remembered hosts, and of URLs. Many configuration changes must not fill the memory. */
const KEPT = 64

export type RpcProviders = ReturnType<typeof createRpcProviders>

/** All clients of one process share it. The pace belongs to a provider's host, the batch size to its URL. */
export function createRpcProviders () {
  const paces = createMemory(() => createPace())
  /** The largest known batch that the provider accepts. 1: it accepts none. */
  const batches = createMemory(() => ({ size: LARGEST_BATCH }))
  return { at: (url: string) => ({ pace: paces(new URL(url).host), batch: batches(url) }) }
}

/** Makes a value for each key once. Forgets the oldest ones. */
function createMemory<Thing> (create: () => Thing): (key: string) => Thing {
  const things = new Map<string, Thing>()
  return key => {
    const thing = things.get(key) ?? create()
    things.delete(key)
    things.set(key, thing)
    const [oldest] = things.keys()
    if (things.size > KEPT) things.delete(oldest as string)
    return thing
  }
}
