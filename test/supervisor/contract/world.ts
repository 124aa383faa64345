import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from 'tap'
import { createCtlSupervisor } from '../../../src/supervisor/ctl/driver.js'
import { createEmbeddedSupervisor } from '../../../src/supervisor/embedded/driver.js'
import type { Supervisor } from '../../../src/supervisor/supervisor.js'
import { createXmlRpcSupervisor } from '../../../src/supervisor/xml-rpc/driver.js'
import { silent } from '../recorded/replay.js'
import { type Daemon, startDaemon, type SupervisorName } from '../real/daemon.js'

/** The operation timeout of the driver that all cases share. */
export const OPERATION_TIMEOUT_MS = 9_000

/** One row of the contract: a driver and its supervisor. */
export type Row =
  | { driver: 'ctl' | 'XML-RPC', name: SupervisorName, transport: 'http' | 'unix' }
  | { driver: 'embedded' }

export interface World {
  t: Test
  row: Row
  /** The folder of the programs' output. */
  folder: string
  /** An environment entry that all programs inherit. */
  marker: string
  supervisor: Supervisor
  /** Another driver of the same supervisor. The caller closes it. */
  connect (operationTimeoutMs: number): Promise<Supervisor>
}

export const ODD_NAMES = [
  'odd.name-1_é+@ü', 'a-name-of-exactly-thirty-three-ch', 'a-name-that-is-longer-than-thirty-three-characters',
  'Running', 'odd',
]
/** Programs cycler-0 … that live for the time in the file lifetime-0 …. */
export const CYCLERS = 4

/** Programs quick-0 … that end at once when they are told to. */
export const QUICK = 13

const DEFAULTS = 'autostart=false\nautorestart=false\nstartsecs=1\nstartretries=1\nstopsignal=TERM\nstopwaitsecs=3'

/**
 * One section of the configuration. A program is started by hand, with one attempt, unless the section says otherwise.
 */
function program (name: string, command: string, options = ''): string {
  const given = new Map(
    `${DEFAULTS}\n${options}`
      .split('\n')
      .filter(line => line !== '')
      .map(line => [line.slice(0, line.indexOf('=')), line])
  )
  return `[program:${name}]\ncommand=${command}\n${[...given.values()].join('\n')}\n`
}

export function programs (folder: string): string {
  const immune = '/bin/sh -c "trap \'\' TERM; while :; do sleep 0.1; done"'
  const parent = '/bin/sh -c "sleep 1000 & sleep 1000"'
  return [
    ...ODD_NAMES.map(name => program(name, '/bin/sleep 1000')),
    ...['never', 'steady', 'restarted', 'twice', 'crowded', 'down', 'up', 'silent', 'shared'].map(name =>
      program(name, '/bin/sleep 1000')
    ),
    program('missing', '/nonexistent/prover'),
    program('exits-at-0', '/bin/sh -c "echo last words; exit 3"', `stdout_logfile=${folder}/exits-at-0.log`),
    program('exits-at-0.5', '/bin/sh -c "sleep 0.5; exit 4"'),
    program('exits-when-told', `/bin/sh -c "while [ ! -e ${folder}/exit ]; do sleep 0.1; done; exit 3"`),
    program('counted', `/bin/sh -c "echo run >> ${folder}/counted-runs; exit 3"`, 'startretries=0'),
    program('storm', `/bin/sh -c "echo run >> ${folder}/storm-runs; exit 5"`, 'autorestart=true\nstartretries=20'),
    program('pauser', `/bin/sh ${folder}/pauser.sh`, 'autorestart=true\nstartretries=20\nrestartpause=2'),
    program('forker', '/bin/sh -c "(setsid sleep 1000 &); exec sleep 1000"'),
    program(
      'quiet-forker',
      '/bin/sh -c "(setsid sleep 1000 >/dev/null 2>&1 </dev/null &); exec sleep 1000"',
      'environment=FORKER="quiet"'
    ),
    ...Array.from({ length: QUICK }, (_, index) => program(`quick-${index}`, '/bin/sleep 1000', 'stopwaitsecs=1')),
    program('crash-loop', '/bin/sh -c "sleep 0.3; exit 5"', 'autorestart=true\nstartretries=3'),
    program('immune', immune),
    program('immune-long', immune, 'stopwaitsecs=60'),
    program('immune-restarted', immune, 'stopwaitsecs=7'),
    program('parent', parent),
    program('group-parent', parent, 'stopasgroup=true\nkillasgroup=true'),
    program('trapped', '/bin/sleep 1000', 'stopwaitsecs=1'),
    program('slow-start', '/bin/sleep 1000', 'startsecs=60'),
    program(
      'speaker',
      `/bin/sh ${folder}/speaker.sh`,
      `stdout_logfile=${folder}/speaker.log\nstderr_logfile=${folder}/speaker.err`
    ),
    program('unheard', '/bin/sleep 1000', 'stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0'),
    ...Array.from({ length: CYCLERS }, (_, index) =>
      program(
        `cycler-${index}`, `/bin/sh ${folder}/cycler.sh ${index}`, 'stopwaitsecs=1\nstopasgroup=true\nkillasgroup=true'
      )
    ),
  ].join('')
}

const CYCLER = `#!/bin/sh
trap 'exit 0' TERM
lifetime=$(cat "$(dirname "$0")/lifetime-$1")
echo "$$ $lifetime" >> "$(dirname "$0")/runs-$1"
sleep "$lifetime" & wait
`

/** Ends at once the first time, lives the second time. */
const PAUSER = `#!/bin/sh
[ -e "$0.ran" ] && exec sleep 2000
touch "$0.ran"
exit 5
`

const SPEAKER = `#!/bin/sh
i=0
while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i grüße"; done
printf '\\033[31mred\\033[0m \\007bell\\n'
echo "on stderr" >&2
while [ ! -e "$(dirname "$0")/speak" ]; do sleep 0.1; done
echo "later 1"; echo "later 2"
exec sleep 1000
`

export async function openWorld (t: Test, row: Row): Promise<World> {
  return row.driver === 'embedded'
    ? openEmbedded(t, row)
    : connectTo(t, row, await startDaemon(t, { ...row, programs }))
}

export async function connectTo (t: Test, row: Row, daemon: Daemon): Promise<World> {
  async function connect (operationTimeoutMs: number): Promise<Supervisor> {
    const options = { operationTimeoutMs, stateFolder: daemon.folder, log: silent }
    return row.driver === 'ctl'
      ? createCtlSupervisor({ ...options, executable: daemon.executable, environment: process.env })
      : createXmlRpcSupervisor({ ...options, url: daemon.url })
  }
  return inhabit({ t, row, folder: daemon.folder, marker: daemon.marker, connect })
}

async function openEmbedded (t: Test, row: Row): Promise<World> {
  const folder = mkdtempSync(path.join(tmpdir(), 'supervisor-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const configurationFile = path.join(folder, 'supervisord.conf')
  writeFileSync(configurationFile, programs(folder))

  /** Each has a state folder, and so processes, of its own. */
  function connect (operationTimeoutMs: number): Promise<Supervisor> {
    const stateFolder = mkdtempSync(path.join(folder, 'state-'))
    const environment = { PATH: process.env.PATH, SUPERVISOR_TEST: folder }
    return createEmbeddedSupervisor({ configurationFile, stateFolder, operationTimeoutMs, environment, log: silent })
  }
  return inhabit({ t, row, folder, marker: `SUPERVISOR_TEST=${folder}`, connect })
}

async function inhabit (place: Omit<World, 'supervisor'>): Promise<World> {
  writeFileSync(`${place.folder}/cycler.sh`, CYCLER)
  writeFileSync(`${place.folder}/pauser.sh`, PAUSER)
  writeFileSync(`${place.folder}/speaker.sh`, SPEAKER)
  const supervisor = await place.connect(OPERATION_TIMEOUT_MS)
  place.t.teardown(() => supervisor.close())
  return { ...place, supervisor }
}
