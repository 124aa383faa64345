import { EventEmitter, once } from 'node:events'
import { test } from 'tap'
import { linesOf } from '../../fixtures/log-lines.js'
import { createRedactor } from '../../../src/redaction/redactor.js'
import { XmlRpcError } from '../../../src/supervisor/xml-rpc/codec.js'
import { followLog } from '../../../src/supervisor/xml-rpc/log-follow.js'
import { readLastLines, type ReadLog } from '../../../src/supervisor/xml-rpc/log-reads.js'

const redactor = createRedactor()

interface LogFile {
  bytes: Buffer
  read: ReadLog
  append: (added: string | Buffer) => void
  /** Resolves at the next read of a follower that finds nothing more. */
  awaited: () => Promise<unknown>
}

/** Only a follower asks for so much at once. */
const FOLLOWER_BYTES = 60_000

/** readFile of Python's Supervisor (options.py). It answers HTTP 500 if the piece is no UTF-8. */
function createLog (content: string | Buffer, isStrict = true): LogFile {
  const reads = new EventEmitter()
  const file: LogFile = {
    bytes: Buffer.from(content),
    append: added => { file.bytes = Buffer.concat([file.bytes, Buffer.from(added)]) },
    awaited: async () => await once(reads, 'nothing'),
    async read (offset, length) {
      const begin = offset < 0 ? Math.max(0, file.bytes.length + offset) : offset
      const piece = file.bytes.subarray(begin, length === 0 ? undefined : begin + length)
      const isReadable = !isStrict || !piece.toString('utf8').includes('\ufffd')
      if (length > FOLLOWER_BYTES && (piece.length === 0 || !isReadable)) reads.emit('nothing')
      if (!isReadable) throw new XmlRpcError('HTTP 500', 500)
      return piece.toString('latin1')
    },
  }
  return file
}

const numbered = Array.from({ length: 5_000 }, (_, index) => `line ${index}`)

test('the last lines', async t => {
  t.strictSame(await readLastLines({ redactor, read: createLog('').read, lines: 5 }), [])
  t.strictSame(
    await readLastLines({ redactor, read: createLog('a\nb').read, lines: 5 }), ['a', 'b'], 'an unfinished line counts'
  )
  t.strictSame(await readLastLines({ redactor, read: createLog('a\n\nb\n').read, lines: 2 }), ['', 'b'])
  t.strictSame(
    await readLastLines({ redactor, read: createLog(numbered.join('\n')).read, lines: 1_000 }),
    numbered.slice(-1_000)
  )
  const long = `${'x'.repeat(3_000)}\n`
  t.equal(
    (await readLastLines({ redactor, read: createLog(long.repeat(20)).read, lines: 10 })).length,
    10,
    'long lines need a larger piece'
  )
  t.equal(
    (await readLastLines({ redactor, read: createLog(long.repeat(2_000)).read, lines: 1_000 })).length,
    349,
    '1 MiB at most'
  )
  t.strictSame(
    await readLastLines({ redactor, read: createLog('\u001b[31mred\u001b[0m \u0007bell\ttab\r\n').read, lines: 1 }),
    ['red bell\ttab']
  )
})

test('bytes that Python does not read', async t => {
  for (const shift of [0, 1, 2, 3]) {
    const text = `${'€'.repeat(400)}\n${'x'.repeat(shift)}\nend\n`
    t.strictSame(
      await readLastLines({ redactor, read: createLog(text).read, lines: 1 }), ['end'], 'a cut within a character'
    )
  }
  const broken = Buffer.concat([Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from('one\ntwo\nthree\n')])
  t.strictSame(
    await readLastLines({ redactor, read: createLog(broken).read, lines: 10 }),
    ['three'],
    'some of what comes after them'
  )
  t.strictSame(
    await readLastLines({ redactor, read: createLog(broken, false).read, lines: 10 }),
    ['\ufffd\ufffd', 'one', 'two', 'three'],
    'Go reads all'
  )
  t.strictSame(await readLastLines({ redactor, read: createLog(Buffer.from([0x0a, 0xff])).read, lines: 10 }), [])
})

test('other errors are passed on', async t => {
  async function read (): Promise<string> {
    throw new XmlRpcError('gone', 20)
  }
  await t.rejects(readLastLines({ redactor, read, lines: 5 }), { code: 20 })
  await t.rejects(followLog({ redactor, read, signal: new AbortController().signal }).next(), { code: 20 })
})

test('following', async t => {
  const log = createLog('old\nunfini')
  const leaving = new AbortController()
  const lines = linesOf(followLog({ redactor, read: log.read, signal: leaving.signal }))
  async function next (added: string | Buffer): Promise<unknown> {
    const line = lines.next()
    await log.awaited()
    log.append(added)
    return (await line).value
  }
  t.equal(await next('shed\nfirst\n'), 'unfinished', 'from now on; half a line could have half of a secret')
  t.equal((await lines.next()).value, 'first')
  log.append('sec')
  t.equal(await next('ond\n'), 'second', 'a line is passed on when it is complete')
  t.match(await next(`${'€'.repeat(30_000)}\nend\n`), /^€{21000,}$/, 'an endless line comes in pieces')
  t.match((await lines.next()).value, /^€+$/)
  t.equal((await lines.next()).value, 'end')
  log.bytes = Buffer.from('new file\n')
  t.equal((await lines.next()).value, 'new file', 'the file was rotated')
  t.match(await next(Buffer.from([0xff, 0xff])), /not UTF-8/)
  t.equal(await next('\nafter\n'), '', 'it goes on behind them')
  t.equal((await lines.next()).value, 'after')
  const last = lines.next()
  leaving.abort()
  t.equal((await last).done, true)
})

test('the end of a line whose beginning cannot be read is left out', async t => {
  const log = createLog('begun'.repeat(10_000))
  const lines = linesOf(followLog({ redactor, read: log.read, signal: new AbortController().signal }))
  const first = lines.next()
  for (const added of ['x'.repeat(100_000), 'rest', '\nwhole', ' line\n']) {
    await log.awaited()
    log.append(added)
  }
  t.equal((await first).value, 'whole line')
  const rotated = linesOf(followLog({ redactor, read: log.read, signal: new AbortController().signal }))
  log.bytes = Buffer.from('begun €').subarray(0, -1)
  const next = rotated.next()
  await log.awaited()
  log.bytes = Buffer.from('new\n')
  t.equal((await next).value, 'new', 'a new file has none')
  await Promise.all([lines, rotated].map(async one => await one.return(undefined)))
})

test('a line is read from its beginning, also where a piece of the file begins within a character', async t => {
  const long = [0, 1, 2, 3].map(shift => `${'€'.repeat(10_000)}${'x'.repeat(shift)}\nhalf `)
  for (const [before, added] of [
    ...long.map(text => [text, 'a line']), ['half ', 'a line'], ['', 'half a line']
  ] as const) {
    const log = createLog(before!)
    const lines = linesOf(followLog({ redactor, read: log.read, signal: new AbortController().signal }))
    const line = lines.next()
    await log.awaited()
    log.append(`${added}\n`)
    t.equal((await line).value, 'half a line')
    await lines.return(undefined)
  }
})

test('following from the last lines, or from behind a position', async t => {
  const log = createLog(`cut${'x'.repeat(600)}\none €\ntwo\nunfini`)
  const { signal } = new AbortController()
  const first = async (from: { lines?: number, after?: string }): Promise<unknown> =>
    (await followLog({ redactor, read: log.read, signal, ...from }).next()).value
  const size = log.bytes.length
  const end = String(size - 'unfini'.length)
  t.strictSame(await first({ lines: 1 }), { lines: ['two'], positions: [end] })
  t.strictSame(await first({ lines: 2 }), {
    lines: ['one €', 'two'], positions: [String(size - 'two\nunfini'.length), end]
  })
  for (const lines of [3, 9]) t.match(await first({ lines }), { lines: [/^cutx+$/, 'one €', 'two'] }, `${lines}`)
  t.strictSame(await first({ after: String(size - 'two\nunfini'.length) }), { lines: ['two'], positions: [end] })
  for (const after of [String(size + 1), 'nonsense', '0']) {
    t.match(await first({ after }), { lines: [/^cut/, 'one €', 'two'] }, after)
  }
  const open = createLog('unfini')
  open.awaited().then(() => open.append('shed\n'))
  t.match(
    (await followLog({ redactor, read: open.read, signal, lines: 1 }).next()).value,
    { lines: ['unfinished'] },
    'a log without a whole line'
  )
  const longer = createLog(`${'old\n'.repeat(400)}${'€'.repeat(100)}\nlast\n`)
  t.match((await followLog({ redactor, read: longer.read, signal, lines: 1 }).next()).value, { lines: ['last'] })
  t.match((await followLog({ redactor, read: longer.read, signal, lines: 2 }).next()).value, {
    lines: ['€'.repeat(100), 'last'],
  })
  const binary = createLog(Buffer.concat([Buffer.alloc(2_000, 0xff), Buffer.from('\nlast\n')]))
  const following = followLog({ redactor, read: binary.read, signal, lines: 1 }).next()
  binary.awaited().then(() => binary.append('more\n'))
  t.match((await following).value, { lines: ['more'] }, 'what is no text is left out')
})
