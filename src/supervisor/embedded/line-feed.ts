/** Lines that wait for one reader; past it the oldest are dropped, and a line in their place says how many. */
const MAX_WAITING_LINES = 1_000

interface Reader { push (line: string): void, end (): void, lines: AsyncIterable<string> }

export interface LineFeed {
  publish (line: string): void
  /** Lines from now on, until the signal aborts or the feed ends. Waiting lines are still handed out then. */
  follow (signal: AbortSignal): AsyncIterable<string>
  end (): void
}

/** Hands lines to any number of readers; a slow one holds up neither the others nor the writer. */
export function createLineFeed (): LineFeed {
  const readers = new Set<Reader>()
  return {
    publish (line) {
      for (const reader of readers) reader.push(line)
    },
    follow (signal) {
      const leave = (): void => {
        signal.removeEventListener('abort', leave)
        readers.delete(reader)
        reader.end()
      }
      const reader = createReader({ leave })
      readers.add(reader)
      signal.addEventListener('abort', leave)
      if (signal.aborted) leave()
      return reader.lines
    },
    end () {
      for (const reader of readers) reader.end()
      readers.clear()
    },
  }
}

function createReader ({ leave }: { leave: () => void }): Reader {
  const waiting: string[] = []
  let dropped = 0
  let ended = false
  let wake: () => void = () => {}

  async function * read (): AsyncGenerator<string> {
    try {
      while (true) {
        if (dropped > 0) {
          const count = dropped
          dropped = 0
          yield `[${count} lines dropped: the reader was too slow]`
        }
        const line = waiting.shift()
        if (line !== undefined) yield line
        else if (ended) return
        else await new Promise<void>((resolve) => { wake = resolve })
      }
    } finally {
      leave()
    }
  }

  return {
    push (line) {
      waiting.push(line)
      if (waiting.length > MAX_WAITING_LINES) {
        waiting.shift()
        dropped += 1
      }
      wake()
    },
    end () {
      ended = true
      wake()
    },
    lines: read(),
  }
}
