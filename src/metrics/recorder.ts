import { createSharedReads } from '../timing/shared-reads.js'

/** Takes what happens before the instruments are loaded, so that nothing is lost and the start-up does not pay for them. */
export function createRecorder<Instruments> ({ load }: { load: () => Promise<Instruments> }) {
  let instruments: Instruments | null = null
  let waiting: ((instruments: Instruments) => void)[] = []
  // A load that fails is tried again: too many open files, for one, are so for a moment only.
  const loads = createSharedReads(async () => {
    const loaded = await load()
    for (const event of waiting) event(loaded)
    waiting = []
    instruments = loaded
    return loaded
  })

  /** Tells the instruments, at once or as soon as they are there; in order. */
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
