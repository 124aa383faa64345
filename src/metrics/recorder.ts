import { createSharedReads } from '../timing/shared-reads.js'

/** Keeps events until the instruments are loaded, so that the start does not pay for them. */
export function createRecorder<Instruments> ({ load }: { load: () => Promise<Instruments> }) {
  let instruments: Instruments | null = null
  let waiting: ((instruments: Instruments) => void)[] = []
  // A failed load is repeated, because a fault such as too many open files may pass.
  const loads = createSharedReads(async () => {
    const loaded = await load()
    for (const event of waiting) event(loaded)
    waiting = []
    instruments = loaded
    return loaded
  })

  /** Passes events on in order, as soon as the instruments exist. */
  function record (event: (instruments: Instruments) => void): void {
    if (instruments === null) waiting.push(event)
    else event(instruments)
  }

  /** The instruments, with all that has happened so far. */
  async function open (): Promise<Instruments> {
    return instruments ?? await loads.join('instruments')
  }

  return { record, open }
}
