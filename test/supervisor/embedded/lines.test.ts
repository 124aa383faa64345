import { test } from 'tap'
import { createLineFeed } from '../../../src/supervisor/embedded/line-feed.js'
import { createLineRing } from '../../../src/supervisor/embedded/line-ring.js'
import { createLineSplitter, type LinePiece, MAX_LINE_LENGTH } from '../../../src/supervisor/embedded/line-splitter.js'

function textsOf (pieces: LinePiece[]): string[] {
  return pieces.map(({ text }) => text)
}

test('lines in pieces of any size, characters cut in two', async (t) => {
  const splitter = createLineSplitter()
  const lines: string[] = []
  for (const byte of Buffer.from('one\n\nthrée ✓\r\nrest')) lines.push(...textsOf(splitter.push(Buffer.from([byte]))))
  t.strictSame(lines, ['one', '', 'thrée ✓\r'])
  t.equal(splitter.partial(), 'rest')
  t.strictSame(splitter.end(), [{ text: 'rest', goesOn: false }])
  t.strictSame(splitter.end(), [])
  t.equal(splitter.partial(), '')
})

test('an end in the middle of a character', async (t) => {
  const splitter = createLineSplitter()
  t.strictSame(splitter.push(Buffer.from([0x61, 0xe2, 0x9c])), [])
  t.strictSame(textsOf(splitter.end()), ['a\ufffd'])
})

test('a line without end is broken up', async (t) => {
  const splitter = createLineSplitter()
  const pieces = splitter.push(Buffer.alloc(MAX_LINE_LENGTH * 2 + 5, 'x'))
  t.strictSame(pieces.map(({ text, goesOn }) => [text.length, goesOn]), [[MAX_LINE_LENGTH, true], [MAX_LINE_LENGTH, true]])
  t.equal(splitter.partial(), 'xxxxx')
  t.strictSame(splitter.push(Buffer.from('y\nz\n')), [{ text: 'xxxxxy', goesOn: false }, { text: 'z', goesOn: false }])
})

test('a ring is bounded in lines and in characters', async (t) => {
  const ring = createLineRing({ maxLines: 3, maxCharacters: 10 })
  for (const line of ['a', 'b', 'c', 'd']) ring.push(line)
  t.strictSame(ring.last(10), ['b', 'c', 'd'])
  t.strictSame(ring.last(2), ['c', 'd'])
  t.strictSame(ring.last(0), [])
  ring.push('12345678')
  t.strictSame(ring.last(10), ['c', 'd', '12345678'])
  ring.push('x'.repeat(11))
  t.strictSame(ring.last(10), [])
})

async function collect (lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

test('every reader of a feed gets every line from then on', async (t) => {
  const feed = createLineFeed()
  const { signal, abort } = controller()
  feed.publish('too early')
  const first = collect(feed.follow(signal))
  const second = collect(feed.follow(new AbortController().signal))
  feed.publish('one')
  await new Promise(setImmediate)
  feed.publish('two')
  abort()
  feed.publish('three')
  feed.end()
  t.strictSame(await first, ['one', 'two'])
  t.strictSame(await second, ['one', 'two', 'three'])
  t.strictSame(await collect(feed.follow(AbortSignal.abort())), [])
})

test('a reader that stops reading leaves the feed', async (t) => {
  const feed = createLineFeed()
  const { signal } = controller()
  const lines = feed.follow(signal)
  feed.publish('one')
  feed.publish('two')
  const iterator = lines[Symbol.asyncIterator]()
  t.strictSame(await iterator.next(), { value: 'one', done: false })
  await iterator.return?.()
  t.strictSame(await collect(lines), [])
})

test('a slow reader loses the oldest lines, and is told', async (t) => {
  const feed = createLineFeed()
  const lines = feed.follow(new AbortController().signal)
  for (let line = 1; line <= 1_200; line++) feed.publish(String(line))
  feed.end()
  const all = await collect(lines)
  t.equal(all.length, 1_001)
  t.strictSame(all.slice(0, 2), ['[200 lines dropped: the reader was too slow]', '201'])
  t.equal(all.at(-1), '1200')
})

function controller (): { signal: AbortSignal, abort: () => void } {
  const abortController = new AbortController()
  return { signal: abortController.signal, abort: () => abortController.abort() }
}
