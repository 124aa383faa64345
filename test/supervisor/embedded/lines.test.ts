import { test } from 'tap'
import { createRedactor } from '../../../src/redaction/redactor.js'
import { createByteRing } from '../../../src/supervisor/embedded/log/byte-ring.js'
import { createLineBlocks, MAX_LINE_BYTES, type LineBlocks } from '../../../src/supervisor/embedded/log/line-blocks.js'
import { createLineFeed } from '../../../src/supervisor/embedded/log/line-feed.js'
import { readableLines } from '../../../src/supervisor/embedded/log/line-blocks.js'
import type { LogBatch } from '../../../src/supervisor/supervisor.js'
import { linesOf } from '../../fixtures/log-lines.js'

function createBlocks (redactor = createRedactor()): { blocks: LineBlocks, taken: string[] } {
  const taken: string[] = []
  return { blocks: createLineBlocks({ redactor, onBlock: (block) => taken.push(block.toString()) }), taken }
}

test('whole lines of output in pieces of any size, characters cut in two', async (t) => {
  const { blocks, taken } = createBlocks()
  for (const byte of Buffer.from('one\n\nthrée ✓\r\nrest')) blocks.push(Buffer.from([byte]))
  t.strictSame(taken, ['one\n', '\n', 'thrée ✓\r\n'])
  t.equal(blocks.partial(), 'rest')
  blocks.push(Buffer.from('!\nnext\nla'))
  blocks.end()
  blocks.end()
  t.strictSame(taken.slice(3), ['rest!\nnext\n', 'la\n'])
  t.equal(blocks.partial(), '')
})

test('a line without end is broken up, and no border hides a secret', async (t) => {
  const redactor = createRedactor()
  const key = 'ab'.repeat(32)
  redactor.learnKey(key)
  const { blocks, taken } = createBlocks(redactor)
  blocks.push(Buffer.from('x'.repeat(MAX_LINE_BYTES - 20)))
  t.equal(blocks.partial().length, MAX_LINE_BYTES - 20)
  blocks.push(Buffer.from(key.slice(0, 40)))
  t.equal(taken.length, 1)
  t.match(blocks.partial(), key.slice(0, 40), 'what is held back is a part of what is unfinished')
  blocks.push(Buffer.from(`${key.slice(40)}${'y'.repeat(MAX_LINE_BYTES + 1)}`))
  blocks.push(Buffer.from('end\nz\nlast'))
  t.match(taken.slice(0, -1).map((block) => block.slice(0, -1)).join(''), /^x+\[redacted\]y+end$/u)
  t.strictSame(taken.slice(-1), ['z\n'])
  blocks.push(Buffer.from('v'.repeat(MAX_LINE_BYTES)))
  blocks.end()
  t.match(taken.at(-1), /^v+\n$/u, 'the end of the output ends a long line too')
})

test('a ring keeps the newest bytes, from a line\'s beginning on', async (t) => {
  const ring = createByteRing({ size: 10 })
  const since = (position: number): [number, string] => {
    const { start, block } = ring.since(position)
    return [start, block.toString()]
  }
  t.strictSame(since(0), [0, ''])
  t.equal(ring.startOfLast(5), 0)
  ring.push(Buffer.from('a\nbc\n'))
  t.strictSame(since(0), [0, 'a\nbc\n'])
  t.strictSame(since(2), [2, 'bc\n'])
  t.strictSame(since(5), [5, ''])
  t.strictSame(since(9), [5, ''], 'a position that is not there yet')
  t.strictSame([0, 1, 2, 3].map(ring.startOfLast), [5, 2, 0, 0])
  ring.push(Buffer.from('def\ngh\n'))
  t.equal(ring.endPosition(), 12)
  t.strictSame(since(0), [5, 'def\ngh\n'], 'the cut line is not kept')
  t.strictSame(since(2), [2, 'bc\ndef\ngh\n'])
  t.strictSame([1, 2, 3, 4].map(ring.startOfLast), [9, 5, 5, 5])
  ring.push(Buffer.from('12345\n7\n9\n1234567\n'))
  t.strictSame(since(0), [22, '1234567\n'])
  ring.push(Buffer.from('x'.repeat(20)))
  t.strictSame(since(0)[1], '', 'no line ends in what is kept')
})

test('lines as they are shown', async (t) => {
  const redactor = createRedactor()
  const key = 'cd'.repeat(32)
  redactor.learnKey(key)
  const lines = (text: string): string[] => readableLines(Buffer.from(text), redactor)
  t.strictSame(lines(''), [])
  t.strictSame(lines('\n'), [''])
  t.strictSame(lines('one\n\ntwo\t2\n'), ['one', '', 'two\t2'])
  t.strictSame(lines(`plain ${key}\nnext\n`), ['plain [redacted]', 'next'])
  t.strictSame(lines(`coloured ${key.slice(0, 9)}\u001b[31m${key.slice(9)}\r\nné\n`), ['coloured [redacted]', 'né'])
})

async function collect (batches: AsyncIterable<LogBatch>): Promise<string[]> {
  const all: string[] = []
  for await (const line of linesOf(batches)) all.push(line)
  return all
}

function batch (line: string): LogBatch {
  return { lines: [line], positions: ['0'] }
}

test('every reader of a feed gets every batch from then on', async (t) => {
  const feed = createLineFeed()
  const leaving = new AbortController()
  feed.publish(batch('too early'), 1)
  t.notOk(feed.hasReaders())
  const first = collect(feed.follow([batch('past')], leaving.signal))
  const second = collect(feed.follow([], new AbortController().signal))
  t.ok(feed.hasReaders())
  feed.publish(batch('one'), 1)
  await new Promise(setImmediate)
  feed.publish(batch('two'), 1)
  leaving.abort()
  feed.publish(batch('three'), 1)
  feed.end()
  t.strictSame(await first, ['past', 'one', 'two'])
  t.strictSame(await second, ['one', 'two', 'three'])
  t.strictSame(await collect(feed.follow([], AbortSignal.abort())), [])
})

test('a reader that stops reading leaves the feed', async (t) => {
  const feed = createLineFeed()
  const batches = feed.follow([], new AbortController().signal)
  feed.publish(batch('one'), 1)
  feed.publish(batch('two'), 1)
  const iterator = batches[Symbol.asyncIterator]()
  t.match(await iterator.next(), { value: { lines: ['one'] }, done: false })
  await iterator.return?.()
  t.notOk(feed.hasReaders())
  t.strictSame(await collect(batches), [])
})

test('a slow reader is sent away, and is told; the others go on', async (t) => {
  const feed = createLineFeed()
  const slow = feed.follow([], new AbortController().signal)
  const quick = collect(feed.follow([], new AbortController().signal))
  for (let megabyte = 1; megabyte <= 5; megabyte++) {
    feed.publish(batch(`megabyte ${megabyte}`), 1024 ** 2)
    await new Promise(setImmediate)
  }
  feed.end()
  t.strictSame(await collect(slow), ['megabyte 1', 'megabyte 2', 'megabyte 3', 'megabyte 4', '[dropped]'])
  t.equal((await quick).length, 5)
})

test('the last lines of a ring that begins with an empty one', (t) => {
  const ring = createByteRing({ size: 10 })
  ring.push(Buffer.from('\n'))
  t.equal(ring.startOfLast(1), 0)
  t.equal(ring.startOfLast(2), 0)
  t.end()
})
