import { EventEmitter, once } from 'node:events'
import t from 'tap'
import { logEvents } from '../../src/http/log-events.js'
import type { LogBatch } from '../../src/supervisor/supervisor.js'

const BEGINNING = ': following\nretry: 2000\n\n'
const HEARTBEAT = ': heartbeat\n\n'

t.test('lines become events, silence becomes heartbeats, the end is the end', async t => {
  const heart = new EventEmitter()
  async function * batches (): AsyncGenerator<LogBatch> {
    yield { lines: ['one', 'two'], positions: ['a-4', 'a-8'] }
    await once(heart, 'second beat')
    yield { notice: 'gap' }
    yield { lines: ['nine'], positions: ['a-99'] }
    yield { notice: 'dropped' }
  }
  const events = []
  let beats = 0
  for await (const event of logEvents({ batches: batches(), heartbeatMs: 100 })) {
    if (event === HEARTBEAT && ++beats === 2) heart.emit('second beat')
    events.push(event)
  }
  t.same(events.filter(event => event !== HEARTBEAT), [
    BEGINNING,
    'id: a-4\ndata: one\n\nid: a-8\ndata: two\n\n',
    'event: gap\ndata: [lines that were printed before the next one are no longer there]\n\n',
    'id: a-99\ndata: nine\n\n',
    'event: dropped\ndata: [the client reads too slowly: follow again behind the last line, with Last-Event-ID]\n\n',
  ])
  t.same(events.slice(2, 4), [HEARTBEAT, HEARTBEAT])
})

t.test('all followers of the same batch get the same text', async t => {
  const batch: LogBatch = { lines: ['one'], positions: ['a-4'] }
  async function * batches (): AsyncGenerator<LogBatch> { yield batch }
  for (let follower = 1; follower <= 2; follower++) {
    const events = []
    for await (const event of logEvents({ batches: batches(), heartbeatMs: 10_000 })) events.push(event)
    t.same(events, [BEGINNING, 'id: a-4\ndata: one\n\n'])
  }
})
