import t from 'tap'
import { createLogStream } from '../../../src/http/log/log-stream.js'

t.test('lines that cannot be written are lost, and counted by the next one that can', t => {
  const written: string[] = []
  let isFull = false
  const stream = createLogStream({
    write: text => {
      if (isFull) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      written.push(text)
    },
    now: () => 77,
  })
  stream.write('1\n')
  isFull = true
  for (const line of ['2\n', '3\n']) stream.write(line)
  isFull = false
  for (const line of ['4\n', '5\n']) stream.write(line)
  t.same(written, ['1\n', '{"level":40,"time":77,"msg":"2 log lines could not be written"}\n', '4\n', '5\n'])
  t.end()
})
