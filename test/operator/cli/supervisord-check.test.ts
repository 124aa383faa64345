import { access } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { runCli } from './run-cli.js'

const environment = {
  GENERATOR_CLIENT_PROFILE: '/nowhere/profile.json', SECP_KEY_PATH: '/nowhere/secp.sec', PROVER_HOME: '/srv'
}

t.test('a file that is accepted: its warnings, what it needs, and the order of its starts', async t => {
  const folder = t.testdir({
    'main.conf': `[supervisord]
logfile=/dev/stdout
[include]
files=conf.d/*.conf
[program:prover]
command=%(ENV_PROVER_HOME)s/prover --config %(ENV_CONFIG_DIR)s
user=prover
umask=027
autostart=false
[program:second]
command=touch ${join(t.testdirName, 'started')}
stderr_logfile_maxbytes=0c
`,
    'conf.d': { 'first.conf': '[program:first]\ncommand=x\npriority=1\n' },
  })
  const file = join(folder, 'main.conf')
  const findings = [
    [2, 'warning', 'supervisord', 'logfile', 'is not used by the embedded supervisor'],
    [
      7, 'needs', 'program:prover', 'user',
      "a service that runs as root, setpriv of util-linux, and the user, unless it is the service's own",
    ],
    [8, 'needs', 'program:prover', 'umask', 'perl'],
    [
      12,
      'warning',
      'program:second',
      'stderr_logfile_maxbytes',
      'cannot be read, so the default is used; write a number of bytes, alone or with KB, MB or GB',
    ],
  ] as const
  const message = `${file} is accepted. Started with the service, in this order: first, second. ` +
    'Started by the API alone: prover'
  t.strictSame(await runCli(['supervisord', 'check', file], { environment }), {
    code: 0,
    stdout: [
      ...findings.map(
        ([line, verdict, section, key, text]) => `${file}:${line}: ${verdict}: [${section}] ${key}: ${text}.`
      ),
      message,
      '',
    ].join('\n'),
    stderr: '',
  })
  const { code, stdout } = await runCli(['supervisord', 'check', file, '--json'], { environment })
  t.equal(code, 0)
  t.strictSame(JSON.parse(stdout), {
    status: 'success',
    statusCode: 200,
    message,
    data: {
      accepted: true,
      programs: ['first', 'prover', 'second'],
      findings: findings.map(([line, verdict, section, key, message]) => ({
        file, line, section, key, verdict, message
      })),
    },
  })
  await t.rejects(access(join(folder, 'started')), { code: 'ENOENT' }, 'nothing is started')
})

t.test('a file that is refused', async t => {
  const file = join(t.testdir({
    'main.conf':
      '[program:prover]\ncommand=prover %(ENV_SECP_KEY_PATH)s\nstdout_logfile=syslog\n[eventlistener:x]\ncommand=x\n',
  }), 'main.conf')
  const { code, stdout, stderr } = await runCli(['supervisord', 'check', file], { environment })
  t.equal(code, 1)
  t.equal(stderr, '')
  t.match(stdout.split('\n'), [
    `${file}:2: refused: [program:prover] command: cannot expand "%(ENV_SECP_KEY_PATH)s"; use`,
    `${file}:3: refused: [program:prover] stdout_logfile: the embedded supervisor does not write to syslog`,
    `${file}:4: refused: [eventlistener:x]: the embedded supervisor has no events`,
    `${file} is refused: 3 of the lines above must be changed, and nothing is started`,
    '',
  ])
  t.match(JSON.parse((await runCli(['supervisord', 'check', file, '--json'], { environment })).stdout), {
    data: { accepted: false },
  })
})

t.test('a file without programs', async t => {
  const file = join(t.testdir({ 'main.conf': '' }), 'main.conf')
  t.strictSame(await runCli(['supervisord', 'check', file], { environment }), {
    code: 0,
    stdout: `${file} is accepted. Started with the service, in this order: none. Started by the API alone: none\n`,
    stderr: '',
  })
})

t.test('a file that cannot be read', async t => {
  t.strictSame(await runCli(['supervisord', 'check', '/nowhere/main.conf'], { environment }), {
    code: 2, stdout: '', stderr: 'generator-client: /nowhere/main.conf cannot be read (ENOENT)\n',
  })
  t.strictSame(await runCli(['supervisord', 'check', '/dev/null'], { environment }), {
    code: 2, stdout: '', stderr: 'generator-client: /dev/null is not a regular file\n',
  })
})
