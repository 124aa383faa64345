import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { createLogStream } from '../../../src/http/log/log-stream.js'
import { loadReadableLog } from '../../../src/http/log/readable-log.js'

const execute = promisify(execFile)
const SERVER = new URL('../../../dist/src/server.js', import.meta.url).pathname
const LINE = '{"level":40,"time":1700000000000,"pid":1,"hostname":"here","msg":"the disk is full"}\n'

t.test('a pipe, or a machine without pino-pretty, gets JSON', async t => {
  t.equal(await loadReadableLog({ isTerminal: false }), null)
  t.equal(
    await loadReadableLog({
      isTerminal: true,
      load: async () => {
        throw new Error('Cannot find package')
      },
    }),
    null
  )
})

t.test('a terminal gets lines for people, without their secrets', async t => {
  const format = await loadReadableLog({ isTerminal: true })
  const written: string[] = []
  createLogStream({
    redact: line => line.replace('full', '[redacted]'),
    format: format!,
    write: text => {
      written.push(text)
    },
  }).write(LINE)
  t.match(stripVTControlCharacters(written.join('')), /^\[\d\d:\d\d:\d\d\] WARN: the disk is \[redacted\]\n$/)
})

t.test('the service on a real terminal, and in a pipe', async t => {
  const variables = { PORT: 'x', CONFIG_DIR: join(t.testdir(), 'data') }
  const env = { ...process.env, ...variables }
  const line = `'${process.execPath}' '${SERVER}'`
  const onTerminal = await execute('script', ['--quiet', '--return', '--command', line, '/dev/null'], { env }).catch(
    error => error
  )
  t.match(
    stripVTControlCharacters(onTerminal.stdout),
    /^\[\d\d:\d\d:\d\d\] FATAL: generator-client cannot start: Environment variable PORT/m
  )
  const inPipe = await execute(process.execPath, [SERVER], { env }).catch(error => error)
  t.match(JSON.parse(inPipe.stdout.trim().split('\n').at(-1)), {
    level: 60, msg: /^generator-client cannot start: Environment variable PORT/
  })
})
