import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test, type Test } from 'tap'
import { replaceWithFifo } from '../../fixtures/fifo.js'
import { loadProgramConfigurations, type ProgramConfiguration } from '../../../src/supervisor/embedded/program-conf.js'
import { createTestLog, temporaryFolder, type LogEntry } from './helper.js'

const ENVIRONMENT = { HOME_OF_PROVER: '/srv/prover', EMPTY: '' }

async function load (t: Test, text: string): Promise<{ programs: ProgramConfiguration[], folder: string, entries: LogEntry[] }> {
  const folder = await temporaryFolder(t)
  const file = path.join(folder, 'supervisord.conf')
  const { log, entries } = createTestLog()
  await writeFile(file, text)
  return { programs: await loadProgramConfigurations({ file, environment: ENVIRONMENT, log }), folder, entries }
}

async function loadOne (t: Test, options: string): Promise<ProgramConfiguration> {
  const { programs: [program] } = await load(t, `[program:generator]\n${options.includes('command') ? '' : 'command=/bin/true\n'}${options}\n`)
  if (program === undefined) throw new Error('no program')
  return program
}

test('defaults', async (t) => {
  t.strictSame(await loadOne(t, 'command=/bin/true'), {
    name: 'generator',
    command: ['/bin/true'],
    directory: null,
    autostart: true,
    startSeconds: 1,
    startRetries: 3,
    autorestart: 'unexpected',
    exitCodes: [0],
    stopSignal: 'SIGTERM',
    stopWaitSeconds: 10,
    stopAsGroup: true,
    killAsGroup: true,
    environment: {},
    stdout: { file: null, maxBytes: 52_428_800, backups: 10 },
    stderr: { file: null, maxBytes: 52_428_800, backups: 10 },
    redirectStderr: false,
  })
})

test('a whole file: comments, other sections, other options, two programs', async (t) => {
  const { programs, folder, entries } = await load(t, `\uFEFF; the platform's file
[supervisord]
nodaemon=true       ; stay in front
# a comment
[program:generator]
command=/app/generator --url="http://x/;y" --market '#1' ; the prover
   --more "on the next line"
  ; a comment within

   --last
directory = %(here)s
Priority: 10
numprocs=1
startsecs=2
startsecs=5 ; the later one counts
[program: listener ]\r
command=/app/listener;not-a-comment\r
[group:both]
programs=generator,listener
[program:generator]
stopwaitsecs=3
`)
  t.match(programs, [
    {
      name: 'generator',
      command: ['/app/generator', '--url=http://x/;y', '--market', '#1', '--more', 'on the next line', '--last'],
      directory: folder,
      startSeconds: 5,
      stopWaitSeconds: 3,
    },
    { name: 'listener', command: ['/app/listener;not-a-comment'] },
  ])
  t.strictSame(entries.map(({ level, details, message }) => [level, details['line'], details['section'], details['option'], message]), [
    ['info', 2, 'supervisord', undefined, 'section is not used here'],
    ['info', 12, 'program:generator', 'priority', 'option is not used here'],
    ['info', 13, 'program:generator', 'numprocs', 'option is not used here'],
    ['info', 18, 'group:both', undefined, 'section is not used here'],
  ])
})

for (const [option, expected] of [
  ['autostart=no', { autostart: false }],
  ['autostart=On', { autostart: true }],
  ['startsecs=0', { startSeconds: 0 }],
  ['startsecs=0.25', { startSeconds: 0.25 }],
  ['startretries=0', { startRetries: 0 }],
  ['autorestart=true', { autorestart: true }],
  ['autorestart=false', { autorestart: false }],
  ['autorestart=Unexpected', { autorestart: 'unexpected' }],
  ['exitcodes=0, 2,255', { exitCodes: [0, 2, 255] }],
  ['stopsignal=INT', { stopSignal: 'SIGINT' }],
  ['stopsignal=sigquit', { stopSignal: 'SIGQUIT' }],
  ['stopsignal=10', { stopSignal: 'SIGUSR1' }],
  ['killasgroup=true', { killAsGroup: true }],
  ['stopasgroup=false', { stopAsGroup: false, killAsGroup: true }],
  ['stopasgroup=false\nkillasgroup=false', { stopAsGroup: false, killAsGroup: false }],
  ['stdout_logfile=/var/log/x.log', { stdout: { file: '/var/log/x.log' } }],
  ['stdout_logfile=none', { stdout: { file: null } }],
  ['stderr_logfile=AUTO', { stderr: { file: null } }],
  ['stdout_logfile_maxbytes=0', { stdout: { maxBytes: 0 } }],
  ['stdout_logfile_maxbytes=10KB', { stdout: { maxBytes: 10_240 } }],
  ['stderr_logfile_maxbytes=2mb', { stderr: { maxBytes: 2_097_152 } }],
  ['stderr_logfile_maxbytes=1 GB', { stderr: { maxBytes: 1_073_741_824 } }],
  ['stderr_logfile_backups=0', { stderr: { backups: 0 } }],
  ['redirect_stderr=true', { redirectStderr: true }],
  ['environment=A="1,2",B=\'x"y\',C=bare,D=,E="%(ENV_HOME_OF_PROVER)s/%(program_name)s", ', { environment: { A: '1,2', B: 'x"y', C: 'bare', D: '', E: '/srv/prover/generator' } }],
  ['environment=', { environment: {} }],
  ['directory=%(ENV_HOME_OF_PROVER)s/run%%', { directory: '/srv/prover/run%' }],
  ['command=a "b \\"c\\" \\\\ \\n" \'d \\e\' f\\ g "" h"i"\'j\'', { command: ['a', 'b "c" \\ \\n', 'd \\e', 'f g', '', 'hij'] }],
] as const) {
  test(option, async (t) => {
    t.match(await loadOne(t, option), expected)
  })
}

const SECONDS = 'a number of seconds, 0 to 86400'
for (const [option, allowed] of [
  ['autostart=maybe', 'true or false'],
  ['startsecs=-1', SECONDS],
  ['startsecs=1s', SECONDS],
  ['startsecs=86401', SECONDS],
  ['startretries=1.5', 'an integer, 0 to 1000000'],
  ['startretries=1000001', 'an integer, 0 to 1000000'],
  ['autorestart=sometimes', 'true, false or unexpected'],
  ['exitcodes=0,256', 'exit codes from 0 to 255 with commas between them'],
  ['exitcodes=', 'exit codes from 0 to 255 with commas between them'],
  ['stopsignal=TERMINATE', 'a signal such as TERM, INT, QUIT or its number'],
  ['stopsignal=99', 'a signal such as TERM, INT, QUIT or its number'],
  ['stopwaitsecs=', SECONDS],
  ['stopasgroup=2', 'true or false'],
  ['killasgroup=false', 'true, or false together with stopasgroup=false'],
  ['killasgroup=maybe', 'true, or false together with stopasgroup=false'],
  ['environment=A', 'NAME="value" pairs with commas between them'],
  ['environment=A="secret', 'NAME="value" pairs with commas between them'],
  ['environment=1A=x', 'NAME="value" pairs with commas between them'],
  ['stdout_logfile=', 'a path, NONE or AUTO'],
  ['directory=a\0b', 'a path'],
  ['stdout_logfile_maxbytes=1TB', 'a number of bytes, alone or with KB, MB or GB'],
  ['stdout_logfile_backups=-1', 'an integer, 0 to 1000000'],
  ['redirect_stderr=yes please', 'true or false'],
  ['command=', 'a program and its arguments, every quote closed'],
  ['command=""', 'a program and its arguments, every quote closed'],
  ['command=x "open', 'a program and its arguments, every quote closed'],
  ['command=x \'open', 'a program and its arguments, every quote closed'],
  ['command=x \\', 'a program and its arguments, every quote closed'],
  ['command=x\0', 'a program and its arguments, every quote closed'],
] as const) {
  test(`${JSON.stringify(option)} is refused`, async (t) => {
    const name = option.split('=')[0]
    const line = name === 'command' ? 2 : 3
    await t.rejects(loadOne(t, option), {
      message: new RegExp(`/supervisord\\.conf:${line}: \\[program:generator\\] ${name}: the value is not allowed; allowed is ${allowed}\\.$`, 'u'),
    })
  })
}

for (const value of ['%(ENV_MISSING)s', '%(process_num)s', '100%', '%s', '%(here)d', '%(']) {
  test(`"${value}" cannot be expanded`, async (t) => {
    await t.rejects(loadOne(t, `directory=${value}`), { message: /:3: \[program:generator\] directory: cannot expand "%/u })
  })
}

test('a conf file of a megabyte without sense is refused in no time', async (t) => {
  for (const part of [' ', ';', '%(', 'a ', '"', '\\"']) {
    const before = performance.now()
    await t.rejects(load(t, `[program:x]\ncommand=x\ndirectory=%${part.repeat(2 ** 20 / part.length)}\n`), { message: /cannot expand "%/u }, part)
    await t.rejects(load(t, `[program:x]\na${part.repeat(2 ** 20 / part.length)}b\n`), { message: /:2: expected/u }, part)
    t.ok(performance.now() - before < 4_000)
  }
})

for (const [what, text, message] of [
  ['no command', '[program:x]\nstartsecs=1\n', /conf:1: \[program:x\] command: is missing; needed is a program and its arguments, every quote closed\.$/u],
  ['no name', '[program:]\ncommand=x\n', /conf:1: \[program:\]: a program's name is 1 to 64 characters/u],
  ['a name with a slash', '\n[program:a/b]\ncommand=x\n', /conf:2: \[program:a\/b\]: a program's name/u],
  ['an option outside a section', 'command=x\n', /conf:1: expected a \[section\], an option=value inside one, or a comment\.$/u],
  ['neither option nor section', '[program:x]\ncommand\n', /conf:2: expected a \[section\]/u],
] as const) {
  test(what, async (t) => {
    await t.rejects(load(t, text), { message })
  })
}

test('no file', async (t) => {
  const { log } = createTestLog()
  await t.rejects(loadProgramConfigurations({ file: '/nowhere/supervisord.conf', environment: {}, log }), { code: 'ENOENT' })
})

test('a FIFO', { timeout: 30_000 }, async (t) => {
  const { log } = createTestLog()
  const file = path.join(await temporaryFolder(t), 'supervisord.conf')
  await replaceWithFifo(file)
  await t.rejects(loadProgramConfigurations({ file, environment: {}, log }), { message: 'is not a regular file' })
})
