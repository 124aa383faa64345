import { isDeepStrictEqual } from 'node:util'
import type { ConfigurationStore } from '../config/store.js'
import type { ProcessInfo } from './supervisor.js'

type ChangedAt = Awaited<ReturnType<ConfigurationStore['changedAt']>>

/** Tells whether programs run with an older configuration than the one on disk. A program reads it once, at its start. */
export function createConfigurationAge ({ configuration }: { configuration: Pick<ConfigurationStore, 'changedAt'> }) {
  /** The configuration that each process started here has read, by program name. */
  const found = new Map<string, { pid: number | null, changedAt: ChangedAt }>()

  /** Remembers that the process has read the configuration of `changedAt`. */
  function remember ({ name, pid }: ProcessInfo, changedAt: ChangedAt): void {
    found.set(name, { pid, changedAt })
  }

  /** Null: the program does not run, or its supervisor does not know since when. */
  async function isOutdated ({ name, pid, started_at: startedAt }: ProcessInfo): Promise<boolean | null> {
    if (pid === null) return null
    const changedAt = await configuration.changedAt()
    const known = found.get(name)
    if (known?.pid === pid) return !isDeepStrictEqual(known.changedAt, changedAt)
    // The supervisor has started this one by itself. A clock that is set back spoils the comparison of times.
    return startedAt === null ? null : Date.parse(startedAt) < Math.max(...Object.values(changedAt).map(Number))
  }

  return { remember, isOutdated }
}
