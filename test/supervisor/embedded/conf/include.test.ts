import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test, type Test } from 'tap'
import { readConf } from '../../../../src/supervisor/embedded/conf/read.js'
import { replaceWithFifo } from '../../../fixtures/fifo.js'

const PROGRAM = 'command=%(here)s/prover'

/** Reads `main.conf` of a folder. Returns findings without the folder's path. */
async function read (t: Test, files: Record<string, string | Record<string, string>>, folder = t.testdir(files)) {
  const { programs, findings } = await readConf({
    file: path.join(folder, 'main.conf'), environment: {}, machine: null
  })
  return {
    programs: programs.map(({ name, command }) => `${name} ${command[0].replace(folder, '')}`),
    findings: findings.map(({ verdict, file, line, section, key, message }) =>
      [verdict, path.relative(folder, file), line, section, key, message.replaceAll(folder, '')].join(' | ')),
  }
}

test('globs are relative to the including file, and %(here)s is the folder of each file', async t => {
  t.strictSame(await read(t, {
    'main.conf': '[include]\nfiles = conf.d/*.conf extra/[ab]?.conf\n  %(here)s/single.conf\n' +
      `[program:own]\n${PROGRAM}\n`,
    'conf.d': {
      'b.conf': `[program:b]\n${PROGRAM}\n`,
      'a.conf': `[program:a]\n${PROGRAM}\n`,
      '.hidden.conf': `[program:hidden]\n${PROGRAM}\n`,
      'a.conf.old': '',
    },
    extra: { 'a1.conf': `[program:a1]\n${PROGRAM}\n`, 'c1.conf': `[program:c1]\n${PROGRAM}\n` },
    'single.conf': `[program:single]\n${PROGRAM}\n`,
  }), {
    programs: ['own /prover', 'a /conf.d/prover', 'b /conf.d/prover', 'a1 /extra/prover', 'single /prover'],
    findings: [],
  })
})

test('findings name the included file', async t => {
  const { findings } = await read(t, {
    'main.conf': '[include]\nfiles=a.conf\n',
    'a.conf': '[program:a]\ncommand=a\n\n[program:b]\ncommand=b\nautostart=maybe\nnonsense\n',
  })
  t.strictSame(findings, [
    'refused | a.conf | 6 | program:b | autostart | the value is not allowed; write true or false',
    'refused | a.conf | 7 |  |  | expected a [section], an option=value inside one, or a comment; correct or remove the line',
  ])
})

test('a glob that matches the including file, or a file again, reads each once', async t => {
  t.strictSame(await read(t, {
    'main.conf': `[include]\nfiles=*.conf a.conf\n[program:own]\n${PROGRAM}\n`,
    'a.conf': `[program:a]\n${PROGRAM}\n`,
  }), { programs: ['own /prover', 'a /prover'], findings: [] })
})

test('a section of two files', async t => {
  t.strictSame(await read(t, {
    'main.conf': '[include]\nfiles=a.conf\n[program:a]\ncommand=first\n',
    'a.conf': `[program:a]\n${PROGRAM}\n`,
  }), {
    programs: ['a /prover'],
    findings: [
      'warning | a.conf | 1 | program:a |  | is there twice: its options join or replace those at /main.conf:3',
      'warning | a.conf | 2 | program:a | command | is set twice: this value replaces the one at /main.conf:4',
    ],
  })
})

test('a missing file', async t => {
  const { findings } = await read(t, {
    'main.conf': '[include]\nfiles=conf.d/*.conf absent.conf\ncolour=red\n', absent: {}
  })
  t.strictSame(findings, [
    'warning | main.conf | 2 | include | files | no file matches conf.d/*.conf; add one, or remove the pattern',
    'refused | main.conf | 2 | include | files | absent.conf does not exist: add the file, or remove its name',
    'warning | main.conf | 3 | include | colour | is unknown and has no effect; correct or remove it',
  ])
})

test('an included file that includes others is refused, where both supervisors would leave them aside', async t => {
  const { findings } = await read(t, {
    'main.conf': '[include]\nfiles=a.conf\n', 'a.conf': '\n[include]\nfiles=b.conf\n', 'b.conf': ''
  })
  t.strictSame(findings, [
    'refused | a.conf | 2 | include |  | an included file cannot include others: move the names to /main.conf',
  ])
})

test('a path that is no file', { timeout: 30_000 }, async t => {
  const folder = t.testdir({ 'main.conf': '[include]\nfiles=folder.conf pipe.conf\n', 'folder.conf': {} })
  await replaceWithFifo(path.join(folder, 'pipe.conf'))
  const { findings } = await read(t, {}, folder)
  t.strictSame(findings, [
    'refused | main.conf | 2 | include | files | /folder.conf cannot be read (EISDIR): make it readable, or remove its name',
    'refused | main.conf | 2 | include | files | /pipe.conf is not a regular file: make it readable, or remove its name',
  ])
})

test('wildcards are those of a shell', async t => {
  const programs = {
    'a.conf': 'a',
    'b.conf': 'b',
    'ab.conf': 'ab',
    'a-b.conf': 'a-b',
    'x+.conf': 'plus',
    '[x].conf': 'open',
    ']y.conf': 'close',
    '.dot.conf': 'dot',
  }
  const folder = t.testdir({})
  await mkdir(path.join(folder, 'conf.d'))
  for (const [name, program] of Object.entries(programs)) {
    await writeFile(path.join(folder, 'conf.d', name), `[program:${program}]\ncommand=x\n`)
  }
  for (const [pattern, expected] of [
    ['*.conf', ['open', 'close', 'a-b', 'a', 'ab', 'b', 'plus']],
    ['?.conf', ['a', 'b']],
    ['[!a].conf', ['b']],
    ['[a-b].conf', ['a', 'b']],
    ['a[-x]b.conf', ['a-b']],
    ['[]]y.conf', ['close']],
    ['x+.*', ['plus']],
    ['[[]x].conf', ['open']],
    ['[x.conf', []],
    ['[b-a].conf', []],
    ['.*.conf', ['dot']],
  ] as const) {
    for (const prefix of ['conf.d/', '*.d/', `${folder}/*/`]) {
      await writeFile(path.join(folder, 'main.conf'), `[include]\nfiles=${prefix}${pattern}\n`)
      const { programs } = await readConf({ file: path.join(folder, 'main.conf'), environment: {}, machine: null })
      t.strictSame(programs.map(({ name }) => name), expected, `${prefix}${pattern}`)
    }
  }
})
