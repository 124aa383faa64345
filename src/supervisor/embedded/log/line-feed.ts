import type { LogBatch } from '../../supervisor.js'

/** So many bytes of the log may wait for a reader. All readers share them, and a slower one is sent away. */
const MAX_WAITING = 4 * 1024 ** 2
const DROPPED: LogBatch = { notice: 'dropped' }

interface Reader { push (batch: LogBatch, bytes: number): void, end (): void, batches: AsyncIterable<LogBatch> }

export interface LineFeed {
  hasReaders (): boolean
  publish (batch: LogBatch, bytes: number): void
  /** `first`, then what comes from now on, until the signal aborts or the feed ends. What waits is still handed out then. */
  follow (first: LogBatch[], signal: AbortSignal): AsyncIterable<LogBatch>
  end (): void
}

/** Hands lines to any number of readers; a slow one holds up neither the others nor the writer. */
export function createLineFeed (): LineFeed {
  const readers = new Set<Reader>()
  return {
    hasReaders: () => readers.size > 0,
    publish (batch, bytes) {
      for (const reader of readers) reader.push(batch, bytes)
    },
    follow (first, signal) {
      const leave = (): void => {
        signal.removeEventListener('abort', leave)
        readers.delete(reader)
        reader.end()
      }
      const reader = createReader({ first, leave })
      readers.add(reader)
      signal.addEventListener('abort', leave)
      if (signal.aborted) leave()
      return reader.batches
    },
    end () {
      for (const reader of readers) reader.end()
      readers.clear()
    },
  }
}

function createReader ({ first, leave }: { first: LogBatch[], leave: () => void }): Reader {
  let waiting: { batch: LogBatch, bytes: number }[] = first.map((batch) => ({ batch, bytes: 0 }))
  let waitingBytes = 0
  let ended = false
  let wake: () => void = () => {}

  async function * read (): AsyncGenerator<LogBatch> {
    try {
      while (true) {
        const batches = waiting
        waiting = []
        for (const { batch, bytes } of batches) {
          yield batch
          waitingBytes -= bytes
        }
        if (waiting.length > 0) continue
        if (ended) return
        await new Promise<void>((resolve) => { wake = resolve })
      }
    } finally {
      leave()
    }
  }

  return {
    push (batch, bytes) {
      waitingBytes += bytes
      const isSlow = waitingBytes > MAX_WAITING
      waiting.push({ batch: isSlow ? DROPPED : batch, bytes })
      if (isSlow) leave()
      wake()
    },
    end () {
      ended = true
      wake()
    },
    batches: read(),
  }
}
