import { test } from 'tap'
import { createLogWriter } from '../../../src/supervisor/embedded/log/log-writer.js'
import { createTestLog } from './helper.js'

const MEGABYTE = Buffer.alloc(1024 ** 2, 'x')

test('a disk that hangs holds nothing up; what is too much for the memory is lost, and told', async (t) => {
  const { log, entries } = createTestLog()
  const { promise, resolve } = deferred()
  const appended: number[] = []
  const finished: string[] = []
  const writer = createLogWriter({
    file: '/log',
    log,
    readable: (lines) => lines.toString(),
    logFile: {
      append: async (chunk) => {
        appended.push(chunk.length)
        await promise
      },
      finish: async (text) => { finished.push(text()) },
      tail: async () => null,
      close: async () => {},
    },
  })
  for (let megabyte = 0; megabyte < 20; megabyte++) writer.push({ chunk: MEGABYTE, lines: [] })
  const finish = writer.finish([Buffer.from('last\n')])
  resolve()
  await finish
  t.strictSame(appended, Array(9).fill(1024 ** 2))
  t.strictSame(finished, ['last\n'])
  t.strictSame(entries, [
    {
      level: 'warn',
      details: { file: '/log', bytes: 11 * 1024 ** 2 },
      message: "the program's log file was written too slowly; output is missing in it",
    },
  ])
})

function deferred (): { promise: Promise<void>, resolve: () => void } {
  let resolve!: () => void
  return { promise: new Promise((_resolve) => { resolve = _resolve }), resolve }
}
