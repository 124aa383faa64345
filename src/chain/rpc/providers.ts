import { createPace, type Pace } from './pace.js'

/** The number of calls in one batch. The answers to 100 reads of the contracts take some 50 KB. */
const LARGEST_BATCH = 100
/** The largest number of hosts, and of URLs. Many changes of the configuration must not fill the memory. */
const KEPT = 64

/** Knowledge about a provider. The pace belongs to its host, and the batch size to its URL. */
export interface RpcProvider {
  pace: Pace
  /** The size of the largest batch that it takes, as far as is known. 1 stands for no batch. */
  batch: { size: number }
}

/** The memory that all clients of one process share. */
export interface RpcProviders {
  at (url: string): RpcProvider
}

export function createRpcProviders (): RpcProviders {
  const paces = createMemory(() => createPace())
  const batches = createMemory(() => ({ size: LARGEST_BATCH }))
  return { at: url => ({ pace: paces(new URL(url).host), batch: batches(url) }) }
}

/** Makes a thing for each key once, and forgets the oldest ones. */
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
