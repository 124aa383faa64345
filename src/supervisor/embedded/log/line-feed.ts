import type { LogBatch } from '../../supervisor.js'

/** The bytes of the log that may wait for a reader, who shares them with the others. A slower reader is sent away. */
const MAX_WAITING = 4 * 1024 ** 2
const DROPPED: LogBatch = { notice: 'dropped' }

/** Hands lines to any number of readers. A slow one holds up neither the others nor the writer. */
export function createLineFeed () {
  const readers = new Set<{ push (batch: LogBatch, bytes: number): void, end (): void }>()

  /** Gives `first`, then new batches until the signal aborts or the feed ends. Waiting batches still come then. */
  function follow (first: LogBatch[], signal: AbortSignal): AsyncIterable<LogBatch> {
    let waiting = first.map(batch => ({ batch, bytes: 0 }))
    let waitingBytes = 0
    let ended = false
    let wake: () => void = () => {}
    const reader = {
      push (batch: LogBatch, bytes: number) {
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
    }

    function leave (): void {
      signal.removeEventListener('abort', leave)
      readers.delete(reader)
      reader.end()
    }

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
          await new Promise<void>(resolve => { wake = resolve })
        }
      } finally {
        leave()
      }
    }

    readers.add(reader)
    signal.addEventListener('abort', leave)
    if (signal.aborted) leave()
    return read()
  }

  return {
    hasReaders: () => readers.size > 0,
    publish (batch: LogBatch, bytes: number) {
      for (const reader of readers) reader.push(batch, bytes)
    },
    follow,
    end () {
      for (const reader of readers) reader.end()
      readers.clear()
    },
  }
}
