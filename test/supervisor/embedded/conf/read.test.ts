import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import path from 'node:path'
import { test, type Test } from 'tap'
import { replaceWithFifo } from '../../../fixtures/fifo.js'
import { OTHER_SECTIONS, SECTION_KEYS } from '../../../../src/supervisor/embedded/conf/keys.js'
import { loadProgramConfigurations, readConf } from '../../../../src/supervisor/embedded/conf/read.js'
import type { ProgramConfiguration } from '../../../../src/supervisor/embedded/conf/program.js'
import { createTestLog, temporaryFolder, type LogEntry } from '../helper.js'
import { cpuMs } from '../../../fixtures/cpu-time.js'

const ENVIRONMENT = { HOME_OF_PROVER: '/srv/prover', EMPTY: '' }

async function load (
  t: Test,
  text: string
): Promise<{ programs: ProgramConfiguration[], folder: string, entries: LogEntry[] }> {
  const folder = await temporaryFolder(t)
  const file = path.join(folder, 'supervisord.conf')
  const { log, entries } = createTestLog()
  await writeFile(file, text)
  return { programs: await loadProgramConfigurations({ file, environment: ENVIRONMENT, log }), folder, entries }
}

async function loadOne (t: Test, options: string): Promise<ProgramConfiguration> {
  const {
    programs: [program],
  } = await load(t, `[program:generator]\n${options.includes('command') ? '' : 'command=/bin/true\n'}${options}\n`)
  if (program === undefined) throw new Error('no program')
  return program
}

test('defaults', async (t) => {
  t.strictSame(await loadOne(t, 'command=/bin/true'), {
    name: 'generator',
    group: 'generator',
    startRank: 0,
    command: ['/bin/true'],
    launcher: [],
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
  t.match(programs, [{ group: 'both', startRank: 0 }, { group: 'both', startRank: 1 }])
  const file = `${folder}/supervisord.conf`
  t.strictSame(entries.map(({ level, message }) => [level, message]), [
    ['warn', `${file}:3: [supervisord] nodaemon: is not used by the embedded supervisor.`],
    ['warn', `${file}:15: [program:generator] startsecs: is set twice: this value replaces the one at ${file}:14.`],
    ['warn', `${file}:20: [program:generator]: is there twice: its options join or replace those at ${file}:5.`],
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
  ['killasgroup=false', { stopAsGroup: false, killAsGroup: false }],
  ['stdout_logfile=/var/log/x.log', { stdout: { file: '/var/log/x.log' } }],
  ['stdout_logfile=none', { stdout: { file: null } }],
  ['stderr_logfile=AUTO', { stderr: { file: null } }],
  ['stdout_logfile_maxbytes=0', { stdout: { maxBytes: 0 } }],
  ['stdout_logfile_maxbytes=10KB', { stdout: { maxBytes: 10_240 } }],
  ['stderr_logfile_maxbytes=2mb', { stderr: { maxBytes: 2_097_152 } }],
  ['stderr_logfile_maxbytes=1 GB', { stderr: { maxBytes: 1_073_741_824 } }],
  ['stderr_logfile_backups=0', { stderr: { backups: 0 } }],
  ['redirect_stderr=true', { redirectStderr: true }],
  [
    'environment=A="1,2",B=\'x"y\',C=bare,D=,E="%(ENV_HOME_OF_PROVER)s/%(program_name)s", ',
    { environment: { A: '1,2', B: 'x"y', C: 'bare', D: '', E: '/srv/prover/generator' } },
  ],
  ['environment=', { environment: {} }],
  [
    'environment=A="x", B = "y",\n  C=\'z\' ,D=http://127.0.0.1:80/?a@b',
    { environment: { A: 'x', B: 'y', C: 'z', D: 'http://127.0.0.1:80/?a@b' } },
  ],
  ['environment=PORT="6000"\ncommand=prover --port %(ENV_PORT)s', { command: ['prover', '--port', '6000'] }],
  ['directory=%(ENV_HOME_OF_PROVER)s/run%%', { directory: '/srv/prover/run%' }],
  [
    'command=a "b \\"c\\" \\\\ \\n" \'d \\e\' f\\ g "" h"i"\'j\'',
    { command: ['a', 'b "c" \\ \\n', 'd \\e', 'f g', '', 'hij'] },
  ],
] as const) {
  test(option, async (t) => {
    t.match(await loadOne(t, option), expected)
  })
}

for (const [option, allowed] of [
  ['autostart=maybe', 'true or false'],
  ['autorestart=sometimes', 'true, false or unexpected'],
  ['exitcodes=0,256', 'exit codes from 0 to 255 with commas between them'],
  ['exitcodes=', 'exit codes from 0 to 255 with commas between them'],
  ['stopsignal=TERMINATE', 'a signal such as TERM, INT, QUIT or its number'],
  ['stopsignal=99', 'a signal such as TERM, INT, QUIT or its number'],
  ['stopasgroup=2', 'true or false'],
  ['killasgroup=maybe', 'true or false'],
  ['stopasgroup=true\nkillasgroup=false', 'true, or false without stopasgroup=true'],
  ['numprocs=many', 'an integer, 0 to 1000'],
  ['numprocs=1001', 'an integer, 0 to 1000'],
  ['numprocs_start=-1', 'an integer, 0 to 1000000'],
  ['priority=first', 'an integer, -1000000 to 1000000'],
  ['priority=-x', 'an integer, -1000000 to 1000000'],
  ['umask=888', 'an octal number, 000 to 777'],
  ['user=a b', 'a user, or a user and a group with a colon between them'],
  ['environment=A', 'NAME="value" pairs with commas between them'],
  ['environment=A="secret', 'NAME="value" pairs with commas between them'],
  ['environment=1A=x', 'NAME="value" pairs with commas between them'],
  ['stdout_logfile=', 'a path, NONE or AUTO'],
  ['directory=a\0b', 'a path'],
  ['redirect_stderr=yes please', 'true or false'],
  ['command=', 'a program and its arguments, every quote closed'],
  ['command=""', 'a program and its arguments, every quote closed'],
  ['command=x "open', 'a program and its arguments, every quote closed'],
  ['command=x \'open', 'a program and its arguments, every quote closed'],
  ['command=x \\', 'a program and its arguments, every quote closed'],
  ['command=x\0', 'a program and its arguments, every quote closed'],
] as const) {
  test(`${JSON.stringify(option)} is refused`, async (t) => {
    const last = option.split('\n').at(-1)!
    const name = last.split('=')[0]
    const line = option.split('\n').length + (name === 'command' ? 1 : 2)
    await t.rejects(loadOne(t, option), {
      message: new RegExp(
        `/supervisord\\.conf:${line}: \\[program:generator\\] ${name}: the value is not allowed; write ${allowed}\\.$`,
        'u'
      ),
    })
  })
}

for (const value of [
  '%(ENV_MISSING)s', '%(ENV___proto__)s', '%(constructor)s', '%(program_name)d', '%(process_num)x', '100%', '%s',
  '%(here)d', '%(',
]) {
  test(`"${value}" cannot be expanded`, async (t) => {
    await t.rejects(loadOne(t, `directory=${value}`), {
      message: /:3: \[program:generator\] directory: cannot expand "%/u,
    })
  })
}

test('a conf file of a megabyte without sense is refused in no time', async (t) => {
  for (const part of [' ', ';', '%(', 'a ', '"', '\\"']) {
    const before = cpuMs()
    await t.rejects(
      load(t, `[program:x]\ncommand=x\ndirectory=%${part.repeat(2 ** 20 / part.length)}\n`),
      { message: /cannot expand "%/u },
      part
    )
    await t.rejects(
      load(t, `[program:x]\na${part.repeat(2 ** 20 / part.length)}b\n`), { message: /:2: expected/u }, part
    )
    t.ok(cpuMs() - before < 4_000)
  }
})

for (const [what, text, message] of [
  [
    'no command',
    '[program:x]\nstartsecs=1\n',
    /conf:1: \[program:x\] command: is missing; write a program and its arguments, every quote closed\.$/u,
  ],
  [
    'a group without programs',
    '[group:x]\npriority=1\n',
    /conf:1: \[group:x\] programs: is missing; write names with commas between them\.$/u,
  ],
  [
    'a group of nothing',
    '[group:x]\nprograms= ,\n',
    /conf:2: \[group:x\] programs: the value is not allowed; write names with commas between them\.$/u,
  ],
  [
    'a group of a program that is not there',
    '[group:x]\nprograms=y\n',
    /conf:2: \[group:x\] programs: there is no section \[program:y\]: add it, or remove its name\.$/u,
  ],
  [
    'a program in two groups',
    '[program:y]\ncommand=x\n[group:a]\nprograms=y\n[group:b]\nprograms=y\n',
    /conf:6: \[group:b\] programs: y is in the group a already: keep it in one of them\.$/u,
  ],
  [
    'several processes of one name',
    '[program:x]\ncommand=x\nnumprocs=2\n',
    /conf:1: \[program:x\] process_name: needs %\(process_num\)d because numprocs is above 1/u,
  ],
  [
    'processes of one name in two sections',
    '[program:x]\ncommand=x\n[program:y]\ncommand=x\nprocess_name=x\n',
    /conf:5: \[program:y\] process_name: another process has the name x: give each process a name of its own, also across groups\.$/u,
  ],
  [
    'a process name with a colon',
    '[program:x]\ncommand=x\nprocess_name=a:b\n',
    /conf:3: \[program:x\] process_name: a program's name/u,
  ],
  ['no name', '[program:]\ncommand=x\n', /conf:1: \[program:\]: a program's name must be 1 to 64 characters/u],
  ['a name with a slash', '\n[program:a/b]\ncommand=x\n', /conf:2: \[program:a\/b\]: a program's name/u],
  [
    'an option outside a section',
    'command=x\n',
    /conf:1: expected a \[section\], an option=value inside one, or a comment; correct or remove the line\.$/u,
  ],
  ['neither option nor section', '[program:x]\ncommand\n', /conf:2: expected a \[section\]/u],
] as const) {
  test(what, async (t) => {
    await t.rejects(load(t, text), { message })
  })
}

for (const [option, message, expected] of [
  ['startsecs=-1', 'is negative, so 0 is used', { startSeconds: 0 }],
  ['startsecs=-0.5', 'is negative, so 0 is used', { startSeconds: 0 }],
  [
    'startsecs=1s',
    'cannot be read, so the default is used; write a number of seconds, 0 to 86400',
    { startSeconds: 1 },
  ],
  [
    'startsecs=86401',
    'cannot be read, so the default is used; write a number of seconds, 0 to 86400',
    { startSeconds: 1 },
  ],
  [
    'stopwaitsecs=',
    'cannot be read, so the default is used; write a number of seconds, 0 to 86400',
    { stopWaitSeconds: 10 },
  ],
  ['startretries=1.5', 'cannot be read, so the default is used; write an integer, 0 to 1000000', { startRetries: 3 }],
  [
    'stderr_logfile_maxbytes=0c',
    'cannot be read, so the default is used; write a number of bytes, alone or with KB, MB or GB',
    { stderr: { maxBytes: 52_428_800 } },
  ],
  [
    'stdout_logfile_maxbytes=1TB',
    'cannot be read, so the default is used; write a number of bytes, alone or with KB, MB or GB',
    { stdout: { maxBytes: 52_428_800 } },
  ],
  [
    'stdout_logfile_backups=-1',
    'cannot be read, so the default is used; write an integer, 0 to 1000000',
    { stdout: { backups: 10 } },
  ],
  ['colour=red', 'is unknown and has no effect; correct or remove it', {}],
  ['serverurl=AUTO', 'is not used by the embedded supervisor', {}],
] as const) {
  test(`${option} is a warning`, async (t) => {
    const { programs, folder, entries } = await load(t, `[program:generator]\ncommand=/bin/true\n${option}\n`)
    t.match(programs, [expected])
    const key = option.split('=')[0]
    t.strictSame(entries, [{
      level: 'warn',
      details: { file: `${folder}/supervisord.conf`, line: 3 },
      message: `${folder}/supervisord.conf:3: [program:generator] ${key}: ${message}.`,
    }])
  })
}

for (const [text, message] of [
  [
    '[program:x]\ncommand=x\nstdout_logfile=syslog\n',
    ':3: [program:x] stdout_logfile: the embedded supervisor does not write to syslog: name a file, or remove the line to keep the last lines in memory.',
  ],
  [
    '[program:x]\ncommand=x\nstderr_logfile=syslog @udp:127.0.0.1:514\n',
    ':3: [program:x] stderr_logfile: the embedded supervisor does not write to syslog: name a file, or remove the line to keep the last lines in memory.',
  ],
  [
    '[program:x]\ncommand=x\nstdout_logfile=/var/log/x.log, /dev/stdout\n',
    ':3: [program:x] stdout_logfile: the embedded supervisor writes to one file: name one.',
  ],
  [
    '[program:x]\ncommand=x\nstdout_syslog=true\n',
    ':3: [program:x] stdout_syslog: the embedded supervisor cannot honour it: remove the line, and name a file in stdout_logfile or stderr_logfile to keep the lines.',
  ],
  [
    '[program:x]\ncommand=x\nenvFiles=/etc/x.env\n',
    ':3: [program:x] envfiles: the embedded supervisor cannot honour it: write the variables into environment=.',
  ],
  [
    '[eventlistener:x]\ncommand=x\n',
    ':1: [eventlistener:x]: the embedded supervisor has no events: remove the section, or run the file with a supervisord of your own (SUPERVISORD_URL).',
  ],
  [
    '[fcgi-program:x]\ncommand=x\n',
    ':1: [fcgi-program:x]: the embedded supervisor opens no FastCGI socket: remove the section, or run the file with a supervisord of your own (SUPERVISORD_URL).',
  ],
  [
    '[program-default]\nautorestart=true\n',
    ':1: [program-default]: the embedded supervisor takes no defaults from it: write its options into each [program:…] section.',
  ],
] as const) {
  test(`${JSON.stringify(text)} is refused with what to do`, async (t) => {
    await t.rejects(load(t, text), {
      message: new RegExp(`supervisord\\.conf${message.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&')}$`, 'u'),
    })
  })
}

test('a key that is refused may be there switched off', async (t) => {
  const { programs, entries } = await load(
    t,
    '[program:x]\ncommand=x\nstdout_syslog=false\nrestart_when_binary_changed=no\ncron=\n'
  )
  t.equal(programs.length, 1)
  t.strictSame(entries, [])
})

test('all that is refused is named at once, in the order of the lines', async (t) => {
  const message = await load(t, '[program:x]\ncron=* * * * *\nautostart=maybe\n[eventlistener:y]\n').then(
    () => '', (error: Error) => error.message
  )
  t.match(message.split('\n'), [
    /:1: \[program:x\] command: is missing/u,
    /:2: \[program:x\] cron: the embedded supervisor cannot honour it/u,
    /:3: \[program:x\] autostart: the value is not allowed/u,
    /:4: \[eventlistener:y\]: the embedded supervisor has no events/u,
  ])
})

test('other sections are warnings', async (t) => {
  const { entries } = await load(
    t,
    '[inet_http_server]\nport=9001\n[rpcinterface:supervisor]\n[programs:x]\ncommand=x\n[group]\n[supervisord:x]\n'
  )
  t.match(entries.map(({ message }) => message), [
    /:1: \[inet_http_server\]: is not used: the service has an API of its own\.$/u,
    /:3: \[rpcinterface:supervisor\]: is not used: the service has an API of its own\.$/u,
    /:4: \[programs:x\]: is unknown and has no effect; the section of a program is \[program:NAME\]\.$/u,
    /:6: \[group\]: is unknown/u,
    /:7: \[supervisord:x\]: is unknown/u,
  ])
})

test('each key and section is treated as the catalogue says', async (t) => {
  for (const [kind, { honoured, unused, refused }] of Object.entries(SECTION_KEYS)) {
    const section = ['program', 'group'].includes(kind) ? `${kind}:x` : kind
    const verdictOn = async (key: string): Promise<string> => {
      const folder = t.testdir({ 'a.conf': `[${section}]\n${key}=%(nothing)s\n` })
      const { findings } = await readConf({ file: path.join(folder, 'a.conf'), environment: {}, machine: null })
      return findings
        .filter(finding => finding.key === key)
        .map(({ verdict, message }) => `${verdict} ${message}`)
        .join()
    }
    for (const key of honoured) {
      t.match(await verdictOn(key), /^refused cannot expand "%\(nothing\)s"/u, `${kind} ${key} is read`)
    }
    for (const key of unused) {
      t.equal(await verdictOn(key), 'warning is not used by the embedded supervisor', `${kind} ${key}`)
    }
    for (const [key, remedy] of Object.entries(refused)) {
      t.equal(await verdictOn(key), `refused the embedded supervisor cannot honour it: ${remedy}`, `${kind} ${key}`)
    }
  }
  for (const { name, verdict, message } of OTHER_SECTIONS) {
    const folder = t.testdir({ 'a.conf': `[${name}:x]\n` })
    const file = path.join(folder, 'a.conf')
    t.strictSame((await readConf({ file, environment: {}, machine: null })).findings, [
      { file, line: 1, section: `${name}:x`, verdict, message },
    ])
  }
})

test('numprocs makes as many processes, numbered from numprocs_start', async (t) => {
  const { programs } = await load(t, `[program:prover]
command=prover %(process_num)d of %(numprocs)d in %(group_name)s on %(host_node_name)s
process_name=%(program_name)s_%(process_num)02d
numprocs=3
numprocs_start=9
environment=PORT="%(process_num)4d"
stdout_logfile=%(here)s/%(process_num)s.log
`)
  t.strictSame(programs.map(({ name }) => name), ['prover_09', 'prover_10', 'prover_11'])
  t.strictSame(
    programs.map(({ command }) => command.join(' ')),
    [9, 10, 11].map(number => `prover ${number} of 3 in prover on ${hostname()}`)
  )
  t.strictSame(programs.map(({ environment }) => environment), [{ PORT: '   9' }, { PORT: '  10' }, { PORT: '  11' }])
  t.match(programs[2]?.stdout.file, /\/11\.log$/u)
})

test('numprocs=0 is no process', async (t) => {
  t.strictSame((await load(t, '[program:x]\ncommand=x\nnumprocs=0\n')).programs, [])
})

test('[supervisord] counts for all programs', async (t) => {
  const { programs, entries } = await load(t, `[program:a]
command=a %(ENV_SHARED)s
environment=OWN="a",BOTH="a"
[program:b]
command=b
directory=/srv/b
[supervisord]
environment=SHARED="s", BOTH="s"
directory=/srv
`)
  t.match(programs, [
    { command: ['a', 's'], directory: '/srv', environment: { SHARED: 's', BOTH: 'a', OWN: 'a' } },
    { directory: '/srv/b', environment: { SHARED: 's', BOTH: 's' } },
  ])
  t.strictSame(entries, [])
})

test('user and umask of [supervisord] are for programs that do not say otherwise', async (t) => {
  const file = path.join(
    t.testdir({
      'a.conf':
        '[supervisord]\nuser=prover\numask=027\n[program:a]\ncommand=a\n[program:b]\ncommand=b\nuser=other\numask=077\n',
    }),
    'a.conf'
  )
  const { findings } = await readConf({ file, environment: {}, machine: null })
  t.strictSame(findings.map(({ verdict, line, section, key }) => `${verdict} ${line} ${section} ${key}`), [
    'needs 2 supervisord user', 'needs 3 supervisord umask', 'needs 8 program:b user', 'needs 9 program:b umask',
  ])
})

test('programs are in the order of the priorities: of the group, then their own', async (t) => {
  const { programs } = await load(t, `[program:last]
command=x
[program:grouped-second]
command=x
priority=2
[program:grouped-first]
command=x
priority=-1
[program:first]
command=x
priority=5
[program:also-last]
command=x
[group:g]
programs=grouped-first, grouped-second
priority=7
`)
  t.strictSame(
    programs.map(({ name, group, startRank }) => [startRank, group, name]),
    [
      [0, 'first', 'first'],
      [1, 'g', 'grouped-first'],
      [2, 'g', 'grouped-second'],
      [3, 'last', 'last'],
      [3, 'also-last', 'also-last'],
    ]
  )
})

test('no file', async (t) => {
  const { log } = createTestLog()
  await t.rejects(loadProgramConfigurations({ file: '/nowhere/supervisord.conf', environment: {}, log }), {
    code: 'ENOENT',
  })
})

test('a FIFO', { timeout: 30_000 }, async (t) => {
  const { log } = createTestLog()
  const file = path.join(await temporaryFolder(t), 'supervisord.conf')
  await replaceWithFifo(file)
  await t.rejects(loadProgramConfigurations({ file, environment: {}, log }), { message: 'is not a regular file' })
})
