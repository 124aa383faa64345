/**
 * Yields the data of each server-sent event (WHATWG HTML, section 9.2.6) as it comes. Skips other fields, and comments,
 * which keep the connection alive.
 */
export async function * readEventStream (stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let data: string[] = []
  for await (const line of linesOf(stream)) {
    if (line === '' && data.length > 0) {
      yield data.join('\n')
      data = []
    }
    const [, value] = /^data: ?(.*)$/.exec(line) ?? []
    if (value !== undefined) data.push(value)
  }
}

async function * linesOf (stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split(/\r?\n/)
    rest = lines.pop()!
    yield * lines
  }
}
