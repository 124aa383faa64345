import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { promisify, stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { usageOf } from '../../../operator/cli/command.js'
import { COMMANDS } from '../../../operator/cli/commands.js'
import { EXIT_CODES } from '../../../operator/cli/exit-codes.js'
import { createProgram } from '../../../operator/cli/program.js'
import { run } from '../../../operator/cli/run.js'
import { VERSION } from '../../../src/version.js'
import { runCli } from './run-cli.js'

const execute = promisify(execFile)
const MAIN = join(import.meta.dirname, '../../../dist/operator/cli/main.js')

t.test('the help names every command, group and exit code', async t => {
  const { code, stdout, stderr } = await runCli(['--help'])
  t.same([code, stderr], [0, ''])
  for (const { name } of COMMANDS) {
    const [first, second = ''] = name.split(' ')
    t.match(stdout, new RegExp(`^ {2}${first}.*\\b${second}\\b`, 'm'), name)
  }
  for (const group of ['API key:', 'Configuration:', 'Generator:']) t.match(stdout, `\n\n${group}\n`)
  for (const { code, meaning } of Object.values(EXIT_CODES)) {
    t.match(stdout.replaceAll(/\n {5}/g, ' '), `\n  ${code}  ${meaning}\n`)
  }
  t.equal((await runCli(['help'])).stdout, stdout)
  for (const words of [['status'], ['enclave'], ['enclave', 'verify']]) {
    const { stdout: own } = await runCli(['help', ...words])
    t.match(own, `Usage: generator-client ${words.join(' ')} `)
    t.equal(own, (await runCli([...words, '--help'])).stdout)
  }
})

t.test('every command has a help with its arguments, its options and an example', async t => {
  for (const command of COMMANDS) {
    const { name, arguments: values = {}, options = [], example } = command
    const { code, stdout } = await runCli([...name.split(' '), '-h'])
    t.equal(code, 0)
    t.match(stdout, `Usage: generator-client ${name} [options]`)
    for (const value of Object.keys(values)) t.match(stdout, ` ${value}`)
    for (const { flags } of options) t.match(stdout, `\n  ${flags} `)
    t.match(stdout, `\nExample:\n  generator-client ${example}\n`)
    t.ok(usageOf(command).startsWith(name))
  }
})

t.test('every example is a command line that its own command takes', async t => {
  for (const { name, example } of COMMANDS) {
    let taken = ''
    await createProgram({
      stdout: new PassThrough(),
      stderr: null,
      execute: async command => {
        taken = command.name
      },
    }).parseAsync(example.split(' '), { from: 'user' })
    t.equal(taken, name, example)
  }
})

t.test('the version', async t => {
  t.same(await runCli(['--version']), { code: 0, stdout: `${VERSION}\n`, stderr: '' })
  t.same(await runCli(['-V']), { code: 0, stdout: `${VERSION}\n`, stderr: '' })
})

t.test('wrong use in a script gets its JSON and no help beside it', async t => {
  const { stdout, stderr } = await runCli(['config', '--json'])
  t.same(JSON.parse(stdout), {
    status: 'error',
    statusCode: null,
    code: 'USAGE',
    message: 'Name a command: generator-client --help lists them',
    data: null,
  })
  t.equal(stderr, '')
})

t.test('the help is as wide as the terminal', async t => {
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns: 90 })
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80 })
  const streams = { stdin: Readable.from([]), stdout, stderr }
  t.equal(await run({ argv: ['--help'], environment: {}, streams }), 0)
  t.equal(await run({ argv: ['config'], environment: {}, streams }), 2)
  for (const [stream, columns] of [[stdout, 90], [stderr, 80]] as const) {
    const lines = stripVTControlCharacters(String(stream.read())).split('\n')
    t.ok(Math.max(...lines.filter(line => !line.startsWith('generator-client:')).map(line => line.length)) <= columns)
  }
})

t.test('colours: on a terminal, or where FORCE_COLOR wants them; never with NO_COLOR', async t => {
  // Node counts a terminal of CI as one without colours.
  const { NO_COLOR: _no, FORCE_COLOR: _force, CI: _ci, ...rest } = process.env
  const plain: NodeJS.ProcessEnv = { ...rest, TERM: 'xterm-256color' }
  const line = `'${process.execPath}' '${MAIN}' logs --help`
  const onTerminal = async (variables: NodeJS.ProcessEnv) =>
    (
      await execute('script', ['--quiet', '--return', '--command', line, '/dev/null'], {
        env: { ...plain, ...variables },
      })
    ).stdout
  const inPipe = async (variables: NodeJS.ProcessEnv) =>
    (await execute('sh', ['-c', line], { env: { ...plain, ...variables } })).stdout
  t.match(await onTerminal({}), '\u001b[1mUsage:\u001b[22m')
  t.match(await inPipe({ FORCE_COLOR: '1' }), '\u001b[1mUsage:\u001b[22m')
  for (const output of [await onTerminal({ NO_COLOR: '1' }), await inPipe({}), await inPipe({ FORCE_COLOR: '0' })]) {
    t.match(output, 'Usage: generator-client logs')
    t.notMatch(output, '\u001b')
  }
})
