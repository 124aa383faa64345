import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { COMMANDS } from '../../../operator/cli/commands.js'
import { GLOBAL_OPTIONS } from '../../../operator/cli/options.js'
import { runCli } from './run-cli.js'

const execute = promisify(execFile)

/** Asks a real bash what it offers behind the words; the last one is the one that is typed. */
async function offered (file: string, ...words: string[]): Promise<string[]> {
  const script = [
    'source "$1"; shift', 'COMP_WORDS=(generator-client "$@")', 'COMP_CWORD=$#', 'compopt () { :; }', '_generator_client',
    // eslint-disable-next-line no-template-curly-in-string -- this is bash's own variable
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n')
  const { stdout } = await execute('bash', ['--norc', '-c', script, 'bash', file, ...words], { cwd: join(file, '..') })
  return stdout.split('\n').filter(word => word !== '')
}

t.test('bash offers commands, options, choices and files', async t => {
  const { code, stdout } = await runCli(['completion', 'bash'])
  t.equal(code, 0)
  const file = join(t.testdir({ 'setup.json': '' }), 'completion.bash')
  await writeFile(file, stdout)
  t.same(await offered(file, 'conf'), ['config'])
  t.same(await offered(file, 'config', 's'), ['show', 'set'])
  t.same(await offered(file, 'config', 'set', 'start'), ['start_block='])
  t.same(await offered(file, 'logs', '--fo'), ['--follow'])
  t.same(await offered(file, '--json', 'logs', '--fo'), ['--follow'])
  t.same(await offered(file, 'logs', '--stream', ''), ['stdout', 'stderr'])
  t.same(await offered(file, 'logs', '--lines', ''), [])
  t.same(await offered(file, 'setup', 'set'), ['setup.json'])
  t.same(await offered(file, 'status', '--profile', 'set'), ['setup.json'])
  t.same(await offered(file, 'completion', ''), [
    'bash', 'zsh', 'fish', ...GLOBAL_OPTIONS.map(({ long }) => long), '--help'
  ])
  t.same(await offered(file, 'status', '--wat'), ['--watch'])
  const firstWords = new Set(COMMANDS.map(({ name }) => name.split(' ')[0]))
  t.same((await offered(file, '')).filter(word => !word.startsWith('-')), [...firstWords])
})

t.test('zsh and fish get every command and every option with its meaning', async t => {
  const [zsh, fish] = (await Promise.all(
    ['zsh', 'fish'].map(async shell => (await runCli(['completion', shell])).stdout)
  )) as [string, string]
  for (const { name, summary, options = [] } of COMMANDS) {
    const word = name.split(' ').at(-1)!
    t.ok(zsh.includes(`'${word}:${summary.replaceAll("'", "'\\''")}'`), name)
    t.ok(fish.includes(`-a '${word}' -d '${summary.replaceAll("'", "\\'")}'\n`), name)
    const ofFish = fish.split('\n').filter(line => line.includes(`= "${name}"'`))
    const [ofZsh = ''] = zsh.split('\n').filter(line => line.includes(`'${name}') offered=(`))
    for (const { long = '', description } of [...options, ...GLOBAL_OPTIONS]) {
      t.ok(ofZsh.includes(`'${long}:${description}'`), `${name} ${long}`)
      t.ok(
        ofFish.some(line => line.includes(` -l ${long.slice(2)}`) && line.endsWith(` -d '${description}'`)),
        `${name} ${long}`
      )
    }
  }
})

t.test('another shell', async t => {
  t.match(await runCli(['completion', 'tcsh']), { code: 2, stderr: /Allowed choices are bash, zsh, fish/ })
})
