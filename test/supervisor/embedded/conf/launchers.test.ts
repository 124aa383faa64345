import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { createFindings } from '../../../../src/supervisor/embedded/conf/findings.js'
import { createLaunchers, type Machine } from '../../../../src/supervisor/embedded/conf/launchers.js'
import type { UserName } from '../../../../src/supervisor/embedded/conf/values.js'

const PLACE = { file: 'supervisord.conf', line: 3, section: 'program:x', key: 'user' }
const PATH = process.env['PATH'] ?? ''
const notRoot = process.geteuid!() !== 0 && 'only root can become another user'

/** Accounts of its own, for a machine with the real programs. */
function accounts (t: Test): string {
  return t.testdir({
    passwd:
      'root:x:0:0:root:/root:/bin/sh\nprover:x:61001:61002:a prover:/srv:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n',
    group: 'root:x:0:\nstaff:x:61003:prover\n',
  })
}

async function find (
  machine: Machine | null,
  { user, umask }: { user?: UserName, umask?: string }
): Promise<{ words: string[], found: string[] }> {
  const findings = createFindings()
  const launchers = createLaunchers({ machine, findings })
  const wanted = {
    user: user === undefined ? null : { value: user, place: PLACE },
    umask: umask === undefined ? null : { value: umask, place: PLACE },
  }
  return {
    words: await launchers.find(wanted), found: findings.all().map(({ verdict, message }) => `${verdict}: ${message}`)
  }
}

test('the own user needs nothing', async t => {
  const folder = accounts(t)
  for (const [userId, user] of [[61001, 'prover'], [61001, '61001'], [0, 'root'], [0, '0']] as const) {
    t.strictSame(await find({ userId, searchPath: '', accounts: folder }, { user: { user, group: null } }), {
      words: [], found: []
    })
  }
})

test('another user is refused where this one is not root', async t => {
  const found = [
    'refused: only root may start a program as another user, and the service runs as user 65534: start the service as root, or remove the line',
  ]
  for (const user of [{ user: 'prover', group: null }, { user: 'nobody', group: 'staff' }]) {
    t.strictSame(await find({ userId: 65534, searchPath: PATH, accounts: accounts(t) }, { user }), { words: [], found })
  }
})

test('a user or a group that does not exist is refused', async t => {
  const machine = { userId: 0, searchPath: PATH, accounts: accounts(t) }
  t.strictSame((await find(machine, { user: { user: 'nobody-else', group: null } })).found, [
    'refused: the user nobody-else does not exist here: add it, or name another one',
  ])
  t.strictSame((await find(machine, { user: { user: '61009', group: null } })).found, [
    'refused: the user 61009 does not exist here: add it, or name another one',
  ])
  t.strictSame((await find(machine, { user: { user: 'prover', group: 'nogroup' } })).found, [
    'refused: the group nogroup does not exist here: add it, or name another one',
  ])
  t.strictSame((await find({ ...machine, accounts: '/nowhere' }, { user: { user: 'prover', group: null } })).found, [
    'refused: the user prover does not exist here: add it, or name another one',
  ])
})

test('setpriv and perl are refused where they are missing', async t => {
  const machine = { userId: 0, searchPath: 'relative:/nowhere', accounts: accounts(t) }
  t.strictSame(await find(machine, { user: { user: 'prover', group: null } }), {
    words: [],
    found: ['refused: needs setpriv, which is not in the PATH of the service: install util-linux, or remove the line'],
  })
  t.strictSame(await find(machine, { umask: '027' }), {
    words: [], found: ['refused: needs perl, which is not in the PATH of the service: install it, or remove the line'],
  })
})

test('a setpriv that cannot change the user is refused: that of BusyBox, and one that a container forbids', async t => {
  const folder = t.testdir({})
  await writeFile(
    join(folder, 'setpriv'),
    '#!/bin/sh\necho usage >&2\necho "setpriv: unrecognized option: reuid" >&2\nexit 1\n',
    { mode: 0o700 }
  )
  const machine = { userId: 0, searchPath: folder, accounts: '/etc' }
  t.strictSame((await find(machine, { user: { user: 'nobody', group: null } })).found, [
    'refused: setpriv cannot become this user (setpriv: unrecognized option: reuid): install util-linux, and give the service the rights of root',
  ])
  await writeFile(join(folder, 'setpriv'), '#!/bin/sh\nexit 1\n', { mode: 0o700 })
  t.strictSame((await find(machine, { user: { user: 'nobody', group: null } })).found, [
    'refused: setpriv cannot become this user (exit code 1): install util-linux, and give the service the rights of root',
  ])
})

test('on another machine it is a need', async t => {
  t.strictSame(await find(null, { user: { user: 'prover', group: null }, umask: '027' }), {
    words: [],
    found: [
      "needs: a service that runs as root, setpriv of util-linux, and the user, unless it is the service's own",
      'needs: perl',
    ],
  })
})

test('setpriv first, so that perl is the other user already', { skip: notRoot }, async t => {
  const folder = t.testdir({})
  for (const name of ['setpriv', 'perl']) await symlink(`/usr/bin/${name}`, join(folder, name))
  const { words, found } = await find(
    { userId: 0, searchPath: folder, accounts: '/etc' }, { user: { user: 'nobody', group: 'daemon' }, umask: '027' }
  )
  t.strictSame(found, [])
  t.match(words, [
    join(folder, 'setpriv'),
    '--reuid=65534',
    '--regid=1',
    '--init-groups',
    '--',
    join(folder, 'perl'),
    '-e',
    /^umask oct shift;/u,
    '--',
    '027',
  ])
})
