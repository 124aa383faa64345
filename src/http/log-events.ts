import { setTimeout } from 'node:timers/promises'
import type { LogBatch } from '../supervisor/supervisor.js'

/** The time after which a client that lost its connection asks again. */
const RETRY_MS = 2_000

const NOTICES = {
  gap: 'event: gap\ndata: [lines that were printed before the next one are no longer there]\n\n',
  dropped: 'event: dropped\ndata: [the client reads too slowly: follow again behind the last line, with Last-Event-ID]\n\n',
}

/** Caches by batch, because all followers get the same batches. */
const texts = new WeakMap<LogBatch, string>()

/** Yields server-sent events (WHATWG HTML, section 9.2), and a heartbeat after each silence of `heartbeatMs`. */
export async function * logEvents ({ batches, heartbeatMs }: { batches: AsyncIterable<LogBatch>, heartbeatMs: number }): AsyncGenerator<string> {
  const iterator = batches[Symbol.asyncIterator]()
  let next = iterator.next()
  yield `: following\nretry: ${RETRY_MS}\n\n`
  while (true) {
    const silence = new AbortController()
    const result = await Promise.race([next, setTimeout(heartbeatMs, null, { signal: silence.signal }).catch(() => null)])
    silence.abort()
    if (result === null) {
      yield ': heartbeat\n\n'
    } else {
      if (result.done === true) return
      yield textOf(result.value)
      next = iterator.next()
    }
  }
}

function textOf (batch: LogBatch): string {
  if ('notice' in batch) return NOTICES[batch.notice]
  const known = texts.get(batch)
  if (known !== undefined) return known
  const text = batch.lines.map((line, index) => `id: ${batch.positions[index]}\ndata: ${line}\n\n`).join('')
  texts.set(batch, text)
  return text
}
