import type { Configuration } from '../../schemas/configuration.js'
import { CodedError } from '../errors.js'
import { storageFailed, storageUnreadable } from '../files/storage-errors.js'
import { DamagedFile, isOfOldFormat, parse, print } from './pair/files.js'
import type { ConfigPair } from './pair/pair.js'
import type { PairStamp } from './pair/stamp.js'

/** A change that returns `current()` writes nothing. `current()` throws CONFIG_NOT_FOUND or CONFIG_CORRUPT. */
export type Change = (current: () => Configuration) => Configuration

type State = { stamp: PairStamp } & ({ configuration: Configuration, isOld: boolean } | { problem: CodedError })

interface QueuedChange {
  change: Change
  /** Reads wait in the queue, too, so that none sees what is not on disk yet. */
  isRead: boolean
  keepsOld: boolean
  resolve: (configuration: Configuration) => void
  reject: (error: unknown) => void
}

/**
 * Reads the configuration again whenever the files differ from the last reading. One writer changes it at a time.
 * Changes that wait together share one durable write, and each is answered only after it.
 */
export function createConfigurationStore ({ pair, onConfiguration = () => {}, onDamage = () => {} }: {
  pair: ConfigPair,
  /** Gets every configuration that was read or is about to be written. */
  onConfiguration?: (configuration: Configuration) => void
  /** Gets the texts of unusable config files, because they may hold secrets. */
  onDamage?: (texts: string[]) => void
}) {
  let known: State | null = null
  let queue: QueuedChange[] = []
  let isWriting = false

  /** Returns the configuration after the changes that came before. Throws CONFIG_NOT_FOUND, CONFIG_CORRUPT, STORAGE_FAILED. */
  async function read (): Promise<Configuration> {
    // While nobody writes, the last state is on disk as long as the files are the same.
    if (!isWriting && known?.stamp.id === pair.stamp().id) return configurationOf(known)
    return await enqueue({ change: current => current(), isRead: true, keepsOld: false })
  }

  /** Returns when each file last changed, in ms since the epoch. Null: there is none. */
  async function changedAt (): Promise<PairStamp['changedAt']> {
    // A configuration that cannot be read has times too.
    if (isWriting) await read().catch(() => {})
    return pair.stamp().changedAt
  }

  async function enqueue (item: Omit<QueuedChange, 'resolve' | 'reject'>): Promise<Configuration> {
    return await new Promise((resolve, reject) => {
      queue.push({ ...item, resolve, reject })
      if (!isWriting) writeQueue()
    })
  }

  async function loadState (): Promise<State> {
    const stamp = pair.stamp()
    if (known?.stamp.id === stamp.id) return known
    const state = await readState(stamp)
    if ('configuration' in state) onConfiguration(state.configuration)
    if (isCorrupt(state)) onDamage(await pair.readDamaged())
    // An unreadable file may be readable the next time, without any change to it.
    known = isCorrupt(state) ? null : state
    return state
  }

  async function readState (stamp: PairStamp): Promise<State> {
    try {
      const texts = await pair.read()
      if (texts === null) {
        const problem = new CodedError('CONFIG_NOT_FOUND', 'There is no configuration yet: call generatorConfigSetup first')
        return { stamp, problem }
      }
      const configuration = parse(texts)
      return { stamp, configuration, isOld: isOfOldFormat(texts, configuration) }
    } catch (error) {
      if (!(error instanceof DamagedFile)) throw storageUnreadable(error)
      const message = `${error.message}. Call generatorConfigSetup to replace it (the old file is kept beside it)`
      return { stamp, problem: new CodedError('CONFIG_CORRUPT', message, { data: { file: error.file } }) }
    }
  }

  async function writeQueue (): Promise<void> {
    isWriting = true
    while (queue.length > 0) {
      const batch = queue
      queue = []
      await writeBatch(batch).catch(error => {
        for (const { reject } of batch) reject(error)
      })
    }
    // This must follow the last look at the queue at once. A change that came in between would wait for ever.
    isWriting = false
  }

  async function writeBatch (batch: QueuedChange[]): Promise<void> {
    const state = await loadState()
    let next: Configuration | null = null
    const current = () => next ?? configurationOf(state)
    const waiting: { item: QueuedChange, answer: () => void }[] = []
    for (const item of batch) {
      const { changed, answer } = outcomeOf(item, current)
      if (changed !== null) next = changed
      // A refusal, or a read, may rest on an earlier change of the batch, which is not on disk yet.
      if (next === null) answer()
      else waiting.push({ item, answer })
    }
    if (next === null) return
    try {
      await install(state, next, waiting.some(({ item }) => item.keepsOld))
    } catch (error) {
      queue.unshift(...waiting.map(({ item }) => item).filter(({ isRead }) => isRead))
      for (const { item } of waiting) if (!item.isRead) item.reject(error)
      return
    }
    for (const { answer } of waiting) answer()
  }

  async function install (state: State, next: Configuration, keepsOld: boolean): Promise<void> {
    known = null
    onConfiguration(next)
    try {
      if ('configuration' in state) {
        if (state.isOld || keepsOld) await pair.keep()
        await pair.adopt(() => print(state.configuration))
      }
      await (isCorrupt(state) ? pair.mend : pair.write)(print(next))
    } catch (error) {
      throw storageFailed(error)
    }
    known = { stamp: pair.stamp(), configuration: next, isOld: false }
  }

  return {
    read,
    changedAt,
    /**
     * Applies a change and returns the configuration once it is on disk. `keepsOld` keeps the previous files beside.
     * Files of an older format are always kept. Throws the change's errors and STORAGE_FAILED.
     */
    change: async (change: Change, { keepsOld = false } = {}) => await enqueue({ change, isRead: false, keepsOld }),
  }
}

export type ConfigurationStore = ReturnType<typeof createConfigurationStore>

/** Runs a change. `changed` is null where it changes nothing; `answer` answers it. */
function outcomeOf ({ change, resolve, reject }: QueuedChange, current: () => Configuration): { changed: Configuration | null, answer: () => void } {
  try {
    let before: Configuration | null = null
    const changed = change(() => (before = current()))
    return { changed: changed === before ? null : changed, answer: () => resolve(changed) }
  } catch (error) {
    return { changed: null, answer: () => reject(error) }
  }
}

function configurationOf (state: State): Configuration {
  if ('problem' in state) throw state.problem
  return state.configuration
}

function isCorrupt (state: State): boolean {
  return 'problem' in state && state.problem.code === 'CONFIG_CORRUPT'
}
