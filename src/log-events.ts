import { setTimeout } from 'node:timers/promises'

/** Lines as server-sent events; a comment as heartbeat whenever nothing was said for that long, in ms. */
export async function * logEvents ({ lines, heartbeatMs }: { lines: AsyncIterable<string>, heartbeatMs: number }): AsyncGenerator<string> {
  const iterator = lines[Symbol.asyncIterator]()
  let next = iterator.next()
  yield ': following\n\n'
  while (true) {
    const silence = new AbortController()
    const result = await Promise.race([next, setTimeout(heartbeatMs, null, { signal: silence.signal }).catch(() => null)])
    silence.abort()
    if (result === null) {
      yield ': heartbeat\n\n'
    } else {
      if (result.done === true) return
      yield `data: ${result.value}\n\n`
      next = iterator.next()
    }
  }
}
