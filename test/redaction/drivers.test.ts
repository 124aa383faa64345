import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { linesOf } from '../fixtures/log-lines.js'
import { print } from '../../src/config/pair/files.js'
import { createRedactor, type Redactor } from '../../src/redaction/redactor.js'
import { createEmbeddedSupervisor } from '../../src/supervisor/embedded/driver.js'
import type { Supervisor } from '../../src/supervisor/supervisor.js'
import { createXmlRpcSupervisor } from '../../src/supervisor/xml-rpc/driver.js'
import { findLeaks, keyCanary, textCanary } from '../leaks/canary.js'
import { skipWithout, startDaemon, type SupervisorName } from '../supervisor/real/daemon.js'
import { until } from '../supervisor/embedded/helper.js'
import { silent } from '../supervisor/recorded/replay.js'
import { randomBytes } from '../random.js'
import { randomSecrets } from './secrets.js'

const { gasKey, enclaveKey, path, configuration } = randomSecrets(randomBytes)
const CANARIES = [
  keyCanary('gas key', Buffer.from(gasKey, 'hex')),
  keyCanary('enclave key', Buffer.from(enclaveKey, 'hex')),
  textCanary('RPC path', path),
]
/** Borders of the pieces in which long lines arrive: from the embedded supervisor, and from XML-RPC's reads. */
const BORDERS = [16_384, 32_768, 65_536, 131_072]

/** A listener prints this at its start, coloured. A long line follows, with a secret across every border. */
const SPOKEN = [
  ...Object.values(print(configuration)),
  JSON.stringify(configuration),
  `\u001b[31m${gasKey.slice(0, 20)}\u001b[0m${gasKey.slice(20)}`,
  BORDERS.reduce((line, border) => `${line.padEnd(border - 30, '.')}${gasKey}`, '').padEnd(140_000, '.'),
  'said it all',
  '',
].join('\n')

/**
 * Three programs. One prints it and stays, one prints it and fails, and one prints half a secret without a line end.
 */
function programs (folder: string, hasFiles: boolean): string {
  const section = (name: string, command: string) => [
    `[program:${name}]`, `command=/bin/sh -c "${command}"`, 'autostart=false', 'autorestart=false', 'startsecs=1',
    'startretries=0', 'stopasgroup=true', 'killasgroup=true',
    ...hasFiles ? [`stdout_logfile=${folder}/${name}.log`] : [], '',
  ].join('\n')
  return [
    section(
      'speaker',
      `while [ ! -e ${folder}/go ]; do echo waiting; sleep 0.05; done; cat ${folder}/spoken; exec sleep 1000`
    ),
    section('failing', `cat ${folder}/spoken; sleep 0.2; exit 3`),
    section('unfinished', `head -c 90 ${folder}/unfinished; exec sleep 1000`),
  ].join('')
}

interface Row {
  title: string
  open: (t: Test, folder: string, redactor: Redactor) => Promise<Supervisor>
  hasFiles: boolean
  skip?: string | false
}

function embedded (hasFiles: boolean): Row {
  return {
    title: `embedded supervisor, ${hasFiles ? 'log files' : 'lines in memory'}`,
    hasFiles,
    open: async (_t, folder, redactor) => {
      const [configurationFile, stateFolder] = [join(folder, 'supervisord.conf'), mkdtempSync(join(folder, 'state-'))]
      writeFileSync(configurationFile, programs(folder, hasFiles))
      return await createEmbeddedSupervisor({
        configurationFile,
        stateFolder,
        operationTimeoutMs: 9000,
        environment: { PATH: process.env['PATH'] },
        redactor,
        log: silent,
      })
    },
  }
}

function xmlRpc (name: SupervisorName): Row {
  return {
    title: `XML-RPC, ${name}`,
    hasFiles: true,
    skip: skipWithout(name),
    open: async (t, folder, redactor) => {
      const { url } = await startDaemon(t, { name, transport: 'http', programs: () => programs(folder, true) })
      return createXmlRpcSupervisor({ url, operationTimeoutMs: 9000, redactor, log: silent })
    },
  }
}

function expectNoLeak (t: Test, place: string, lines: string[]): void {
  t.same(findLeaks(lines.join('\n'), CANARIES), [], place)
}

for (const { title, open, hasFiles, skip = false } of [
  embedded(false), embedded(true), xmlRpc('go-0.7.3'), xmlRpc('python-4.2.5')
]) {
  t.test(title, { skip }, async t => {
    const folder = mkdtempSync(join(tmpdir(), 'redaction-test-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'spoken'), SPOKEN)
    writeFileSync(join(folder, 'unfinished'), `${'.'.repeat(50)}\nkey ${gasKey}`)
    const redactor = createRedactor()
    // The service takes them from the files on disk at that moment.
    redactor.watch(async () => redactor.learn(configuration))
    const supervisor = await open(t, folder, redactor)
    t.teardown(async () => await supervisor.close())

    await supervisor.start('speaker')
    const leaving = new AbortController()
    const followed: string[] = []
    const lines = await supervisor.follow('speaker', { stream: 'stdout', signal: leaving.signal })
    const following = (async () => { for await (const line of linesOf(lines!)) followed.push(line) })()
    await until('the follower', () => followed.length > 0)
    writeFileSync(join(folder, 'go'), '')
    await until('the last line', () => followed.at(-1) === 'said it all')
    leaving.abort()
    await following
    expectNoLeak(t, 'followed', followed)
    t.equal(followed.join('').split('[redacted]').length, SPOKEN_SECRETS + 1, 'all of them were followed')

    for (const count of [1, 2, 3, 50, 1000]) {
      const tail = await supervisor.logs('speaker', { lines: count, stream: 'stdout' })
      t.equal(tail!.at(-1), 'said it all')
      expectNoLeak(t, `last ${count} lines`, tail!)
    }
    if (hasFiles) {
      t.ok(
        readFileSync(join(folder, 'speaker.log'), 'utf8').endsWith(`waiting\n${SPOKEN}`),
        'the file is as it was written'
      )
    }

    const failed = await supervisor.start('failing')
    if (failed.outcome !== 'failed') throw new Error(`it is ${failed.outcome}`)
    t.ok(failed.log_tail.includes('said it all'))
    expectNoLeak(t, 'log_tail', failed.log_tail)

    await supervisor.start('unfinished')
    const tail = await until('the unfinished line', async () => {
      const tail = await supervisor.logs('unfinished', { lines: 10, stream: 'stdout' })
      return tail!.length === 2 && tail
    })
    t.same(tail, ['.'.repeat(50), 'key '])
  })
}

/** Two files, the same on one line, the coloured key, and the long line. */
const SPOKEN_SECRETS = 2 * (1 + 1 + 2) + 1 + BORDERS.length
