import { writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { type Test, test } from 'tap'
import { createXmlRpcSupervisor } from '../../../src/supervisor/xml-rpc/driver.js'
import type { Supervisor } from '../../../src/supervisor/supervisor.js'
import { shortFolder } from '../../fixtures/short-folder.js'
import { countDescriptors, until } from '../real/processes.js'
import {
  answerFault, answerXml, type Recorded, recorded, type Replay, type Script, silent, startReplay
} from '../recorded/replay.js'

interface World { supervisor: Supervisor, replay: Replay }

async function createWorld (t: Test, from: Recorded, script: Script, operationTimeoutMs = 9_000): Promise<World> {
  const replay = await startReplay(t, from, script)
  const supervisor = createXmlRpcSupervisor({
    url: replay.url.replace('://', '://operator:s3cret@'), operationTimeoutMs, log: silent
  })
  t.teardown(() => supervisor.close())
  return { supervisor, replay }
}

test('status, programs and the password', async t => {
  for (const from of ['go-0.7.3', 'python-4.2.5'] as const) {
    const { supervisor, replay } = await createWorld(t, from, {
      getProcessInfo: ['info-running', 'info-unknown'], getAllProcessInfo: ['all', answerXml('x')]
    })
    t.match(await supervisor.status('steady'), { name: 'steady', state: 'RUNNING' })
    await t.rejects(supervisor.status('nobody'), { code: 'PROGRAM_NOT_FOUND', message: /no program nobody/ })
    const names = await supervisor.programs()
    t.equal(names.length, 10)
    t.ok(names.includes('odd.name-1_é+@ü'))
    t.ok(names.includes(from === 'go-0.7.3' ? 'member' : 'team:member'))
    await t.rejects(supervisor.programs(), { code: 'SUPERVISOR_UNAVAILABLE', message: /no list of processes/ })
    t.equal(new Set(replay.authorizations).size, 1)
    t.equal(replay.authorizations[0], `Basic ${Buffer.from('operator:s3cret').toString('base64')}`)
    t.ok(replay.connections() < replay.calls.length, 'connections are kept alive')
  }
})

test('identical reads share one call, later ones do not', async t => {
  const { supervisor, replay } = await createWorld(t, 'go-0.7.3', { getProcessInfo: ['info-running'] })
  await Promise.all(Array.from({ length: 50 }, () => supervisor.status('steady')))
  t.equal(replay.calls.length, 1)
  await Promise.all([supervisor.status('steady'), supervisor.status('other')])
  t.equal(replay.calls.length, 3)
})

test('answers that are none', async t => {
  const cases: Array<[Script[string][number], RegExp]> = [
    [{ status: 401 }, /user and password/],
    [{ status: 404 }, /HTTP 404/],
    [{ status: 500 }, /HTTP 500/],
    [{ body: '<html>' }, /too early/],
    [{ body: '<methodResponse/>' }, /no process info/],
    [{ body: Buffer.alloc(9 * 1024 * 1024) }, /connection failed/],
    [{ hangUp: true }, /connection failed/],
    [answerFault(6, 'SHUTDOWN_STATE'), /SHUTDOWN_STATE/],
  ]
  for (const [answer, message] of cases) {
    const { supervisor } = await createWorld(t, 'go-0.7.3', { getProcessInfo: [answer] })
    const error = await supervisor.status('steady').catch((error: Error) => error) as Error
    t.match(error, { name: 'CodedError', code: 'SUPERVISOR_UNAVAILABLE', message }, String(message))
    t.notMatch(error.message, /s3cret|operator/)
  }
})

test('statuses that are no answer, or have no body, end at once', async t => {
  for (const [status, message] of [
    [100, /answered HTTP 100;/],
    [101, /answered HTTP 101;/],
    [103, /answered HTTP 103;/],
    [204, /answered HTTP 204;/],
    [304, /answered HTTP 304;/],
  ] as const) {
    const server = createServer(socket => {
      socket
        .on('error', () => {})
        .once('data', () =>
          socket.write(`HTTP/1.1 ${status} X\r\n${status === 101 ? 'upgrade: x\r\nconnection: upgrade\r\n' : ''}\r\n`)
        )
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
    const supervisor = createXmlRpcSupervisor({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, operationTimeoutMs: 60_000, log: silent
    })
    await t.rejects(supervisor.status('x'), { code: 'SUPERVISOR_UNAVAILABLE', message })
    await supervisor.close()
  }
})

test('a silent supervisor', async t => {
  const { supervisor } = await createWorld(
    t, 'go-0.7.3', { getProcessInfo: [{ hang: true }], getAllProcessInfo: [{ hang: true }] }, 1_000
  )
  const began = performance.now()
  const calls = await Promise.allSettled([
    supervisor.status('x'), supervisor.start('x'), supervisor.stop('y'), supervisor.programs()
  ])
  for (const call of calls) {
    t.match(call, { status: 'rejected', reason: { code: 'SUPERVISOR_TIMEOUT', message: /did not answer within/ } })
  }
  t.ok(performance.now() - began < 8_000)
})

test('an endpoint out of reach is an error', async t => {
  // A socket that ends with unread bytes resets the connection, and the client may not see the words.
  const garbage = createServer(socket =>
    socket.on('error', () => {}).once('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
  )
  await new Promise<void>(resolve => garbage.listen(0, '127.0.0.1', resolve))
  t.teardown(() => garbage.close())
  const address = garbage.address()
  const port = typeof address === 'object' ? Number(address?.port) : 0
  const folder = await shortFolder(t)
  await writeFile(`${folder}/file`, '')
  const cases: Array<[string, RegExp]> = [
    [`http://127.0.0.1:${port}`, /does not speak HTTP/],
    ['http://127.0.0.1:1', /nothing listens/],
    [`unix://${folder}/missing.sock`, /does not exist/],
    [`unix://${folder}/file`, /nothing listens|connection failed/],
  ]
  for (const [url, message] of cases) {
    const supervisor = createXmlRpcSupervisor({ url, operationTimeoutMs: 1_000, log: silent })
    await t.rejects(supervisor.status('x'), { code: 'SUPERVISOR_UNAVAILABLE', message }, url)
    await supervisor.close()
    await t.rejects(supervisor.status('x'), { code: 'SUPERVISOR_UNAVAILABLE' }, 'closed')
  }
  t.throws(() => createXmlRpcSupervisor({ url: 'nonsense', operationTimeoutMs: 1, log: silent }), {
    message: /SUPERVISORD_URL/,
  })
})

test('start: done, unchanged', async t => {
  for (const from of ['go-0.7.3', 'python-4.2.5'] as const) {
    const { supervisor, replay } = await createWorld(t, from, {
      getProcessInfo: ['info-never', 'info-starting', 'info-running'], startProcess: ['start']
    })
    t.match(await supervisor.start('steady'), { outcome: 'done', process: { state: 'RUNNING' } })
    t.match(await supervisor.start('steady'), { outcome: 'unchanged', process: { state: 'RUNNING' } })
    t.equal(replay.calls.filter(call => call === 'startProcess').length, 1)
  }
})

test('start: failed', async t => {
  const logs = { readProcessStdoutLog: ['log'], readProcessStderrLog: [answerFault(20, 'NO_FILE')] }
  const crash = await createWorld(t, 'python-4.2.5', {
    getProcessInfo: ['info-never', 'info-crash2'], startProcess: ['start'], ...logs
  })
  t.match(await crash.supervisor.start('crash'), {
    outcome: 'failed', process: { state: 'FATAL', description: /too quickly/ }, log_tail: ['grüße']
  })
  const missing = await createWorld(t, 'python-4.2.5', {
    getProcessInfo: ['info-missing'],
    startProcess: ['start-missing'],
    readProcessStdoutLog: [{ status: 500 }],
    readProcessStderrLog: ['info-unknown'],
  })
  t.match(await missing.supervisor.start('missing'), {
    outcome: 'failed', process: { state: 'STOPPED', description: /NO_FILE.*nonexistent/ }, log_tail: []
  })
  const newestGo = await createWorld(t, 'go-0.7.3', {
    getProcessInfo: ['info-never', 'info-missing'],
    startProcess: [answerFault(-32500, 'Application Error: fail to start process missing')],
  })
  t.match(await newestGo.supervisor.start('missing'), {
    outcome: 'failed', process: { state: 'FATAL', description: /fail to start process/ }
  })
  const retried = await createWorld(t, 'go-0.7.3', {
    getProcessInfo: ['info-never', 'info-starting', { body: answerOtherPid() }], startProcess: ['start']
  })
  t.match(await retried.supervisor.start('crash'), {
    outcome: 'failed', process: { state: 'STARTING', description: /ended before it was up/ }
  })
})

function answerOtherPid (): string {
  const members = { state: 10, start: 5, stop: 0, now: 6, exitstatus: 0, pid: 4_000_000 }
  const texts = {
    name: 'x', group: 'x', statename: 'Starting', description: '', spawnerr: '', stdout_logfile: '', stderr_logfile: ''
  }
  const member = (name: string, value: string): string => `<member><name>${name}</name><value>${value}</value></member>`
  const all = [
    ...Object.entries(members).map(([name, value]) => member(name, `<int>${value}</int>`)),
    ...Object.entries(texts).map(([name, value]) => member(name, value)),
  ]
  return String(answerXml(`<struct>${all.join('')}</struct>`).body)
}

test('start: a log that cannot be read does not hide the failed start', async t => {
  const { supervisor } = await createWorld(t, 'python-4.2.5', {
    getProcessInfo: ['info-never', 'info-crash2', 'info-crash2', { hangUp: true }], startProcess: ['start']
  })
  t.match(await supervisor.start('crash'), { outcome: 'failed', log_tail: [] })
})

test('start: the state counts, not the answer', async t => {
  const lost = await createWorld(t, 'go-0.7.3', {
    getProcessInfo: ['info-never', 'info-starting', 'info-running'], startProcess: [{ hangUp: true }]
  })
  t.match(await lost.supervisor.start('steady'), { outcome: 'done' })
  const slow = await createWorld(t, 'python-4.2.5', {
    getProcessInfo: ['info-starting', 'info-starting', 'info-running'],
  })
  t.match(await slow.supervisor.start('steady'), { outcome: 'joined' }, 'a start that is under way is awaited')
  t.notOk(slow.replay.calls.includes('startProcess'))
})

test('start: ignored by Go for some seconds after a short run', async t => {
  const stopped = Array<string>(20).fill('info-stopped')
  const patient = await createWorld(t, 'go-0.7.3', {
    getProcessInfo: [...stopped, 'info-starting', 'info-running'], startProcess: ['start']
  })
  const [later, never, hasty, refused] = await Promise.all([
    patient.supervisor.start('steady'),
    (await createWorld(t, 'go-0.7.3', { getProcessInfo: ['info-stopped'], startProcess: ['start'] })).supervisor.start(
      'steady'
    ),
    (
      await createWorld(t, 'go-0.7.3', { getProcessInfo: ['info-stopped'], startProcess: ['start'] }, 1_500)
    ).supervisor.start('steady'),
    (
      await createWorld(
        t,
        'go-0.7.3',
        { getProcessInfo: ['info-stopped'], startProcess: [answerFault(-32500, 'fail to start process steady')] },
        1_500
      )
    ).supervisor.start('steady'),
  ])
  t.match(later, { outcome: 'done' })
  t.ok(patient.replay.calls.filter(call => call === 'startProcess').length > 1)
  t.match(never, { outcome: 'failed', process: { state: 'EXITED', description: /ignored the start/ } })
  t.match(hasty, { outcome: 'failed', process: { state: 'EXITED', description: /ignored the start/ } })
  t.match(refused, { outcome: 'failed', process: { state: 'EXITED', description: /fail to start process/ } })
})

test('start: not settled in time', async t => {
  const starting = await createWorld(
    t,
    'go-0.7.3',
    { getProcessInfo: ['info-never', 'info-starting'], startProcess: ['start'] },
    1_000
  )
  t.match(await starting.supervisor.start('steady'), { outcome: 'pending', process: { state: 'STARTING' } })
  const silentOrder = await createWorld(
    t, 'go-0.7.3', { getProcessInfo: ['info-never'], startProcess: [{ hang: true }] }, 1_000
  )
  t.match(await silentOrder.supervisor.start('steady'), { outcome: 'pending', process: { state: 'STOPPED' } })
  const stopping = { body: answerStopping() }
  const after = await createWorld(t, 'python-4.2.5', {
    getProcessInfo: [stopping, stopping, 'info-stopped', 'info-starting', 'info-running'], startProcess: ['start']
  })
  t.match(await after.supervisor.start('steady'), { outcome: 'done' }, 'a stop that is under way is awaited')
  const never = await createWorld(t, 'python-4.2.5', { getProcessInfo: [stopping] }, 1_000)
  t.match(await never.supervisor.start('steady'), { outcome: 'pending', process: { state: 'STOPPING' } })
})

function answerStopping (): string {
  return answerOtherPid().replace('<int>10</int>', '<int>40</int>')
}

test('a look that the operation timeout cuts short is no fault of the supervisor', async t => {
  const looks = [
    ...Array<string>(3).fill('info-starting'), { body: recorded('python-4.2.5', 'info-starting.xml'), delayMs: 5_000 }
  ]
  const { supervisor } = await createWorld(t, 'python-4.2.5', { getProcessInfo: looks }, 1_500)
  t.match(await supervisor.start('steady'), { outcome: 'pending', process: { state: 'STARTING' } })
})

test('stop', async t => {
  for (const from of ['go-0.7.3', 'python-4.2.5'] as const) {
    const { supervisor, replay } = await createWorld(t, from, {
      getProcessInfo: ['info-running', 'info-stopped'], stopProcess: ['stop', 'stop-again']
    })
    t.match(await supervisor.stop('steady'), {
      outcome: 'done', process: { state: /EXITED|STOPPED/, started_at: String }
    })
    t.match(await supervisor.stop('steady'), { outcome: 'unchanged' })
    t.equal(
      replay.calls.filter(call => call === 'stopProcess').length,
      2,
      'the supervisor may be about to start what has exited'
    )
  }
  const refused = await createWorld(t, 'python-4.2.5', {
    getProcessInfo: [...Array<string>(15).fill('info-running'), 'info-stopped'], stopProcess: [{ hangUp: true }, 'stop']
  })
  t.match(await refused.supervisor.stop('steady'), { outcome: 'done' })
  t.equal(
    refused.replay.calls.filter(call => call === 'stopProcess').length, 2, 'an order that did not arrive is repeated'
  )
  const slow = await createWorld(t, 'python-4.2.5', { getProcessInfo: ['info-running'], stopProcess: ['stop'] }, 1_000)
  t.match(await slow.supervisor.stop('steady'), { outcome: 'pending', process: { state: 'RUNNING' } })
})

test('restart', async t => {
  const script = {
    getProcessInfo: ['info-running', ...Array<string>(4).fill('info-stopped'), 'info-starting', 'info-running'],
    stopProcess: ['stop'],
    startProcess: ['start'],
  }
  const { supervisor } = await createWorld(t, 'go-0.7.3', script)
  t.match(await supervisor.restart('steady'), { outcome: 'done', process: { state: 'RUNNING' } })
  const slow = await createWorld(t, 'go-0.7.3', { getProcessInfo: ['info-running'], stopProcess: ['stop'] }, 1_000)
  t.match(await slow.supervisor.restart('steady'), { outcome: 'pending' }, 'no start before the stop is done')
  t.notOk(slow.replay.calls.includes('startProcess'))
})

test('a restart as v0.7.4 of Go answers it: faults for orders that it takes, and FATAL after a stop', async t => {
  const next = recorded('go-0.7.4', 'info-running.xml')
    .toString()
    .replace(/(<name>start<\/name><value><int>)(\d+)/, (_whole, before, start) => `${before}${Number(start) + 2}`)
  const ended = ['info-stopped', 'info-stopped', ...Array<string>(12).fill('info-after-stop')]
  const script = { stopProcess: ['stop'], startProcess: ['start'] }
  const { supervisor, replay } = await createWorld(t, 'go-0.7.4', {
    ...script, getProcessInfo: ['info-running', ...ended, { body: next }]
  })
  t.match(await supervisor.restart('steady'), { outcome: 'done', process: { state: 'RUNNING', pid: 11522 } })
  t.strictSame([...new Set(replay.calls)], ['getProcessInfo', 'stopProcess', 'startProcess'])
  const stopped = await createWorld(t, 'go-0.7.4', { ...script, getProcessInfo: ['info-running', ...ended] })
  t.match(await stopped.supervisor.stop('steady'), { outcome: 'done', process: { state: 'EXITED', pid: null } })
  t.match(await stopped.supervisor.status('steady'), { state: 'EXITED' })
  const stranger = await createWorld(t, 'go-0.7.4', { getProcessInfo: ['info-after-stop'] })
  t.match(await stranger.supervisor.status('steady'), { state: 'FATAL' }, 'it was not stopped by this driver')
})

test('an empty log of v0.7.4 of Go, and a stream that cannot be read beside one that can', async t => {
  const beyond = answerFault(-32500, 'Application Error: offset out of range')
  const { supervisor } = await createWorld(t, 'go-0.7.3', {
    getProcessInfo: ['info-running'], readProcessStdoutLog: [beyond]
  })
  t.strictSame(await supervisor.logs('steady', { lines: 5, stream: 'stdout' }), [])
  const failing = await createWorld(t, 'go-0.7.3', {
    getProcessInfo: ['info-never', 'info-starting', 'info-crash2', 'info-crash2'],
    startProcess: ['start'],
    readProcessStdoutLog: ['log'],
    readProcessStderrLog: [answerFault(1, 'UNKNOWN_METHOD')],
  })
  t.match(await failing.supervisor.start('steady'), { outcome: 'failed', log_tail: ['grüße'] })
})

test('one operation at a time, and none after its time', async t => {
  const { supervisor, replay } = await createWorld(
    t,
    'go-0.7.3',
    { getProcessInfo: ['info-never', 'info-starting'], startProcess: ['start'] },
    1_000
  )
  const results = await Promise.allSettled([supervisor.start('x'), supervisor.stop('x'), supervisor.start('y')])
  t.match(results[0], { status: 'fulfilled', value: { outcome: 'pending' } })
  t.match(results[1], {
    status: 'rejected', reason: { code: 'SUPERVISOR_TIMEOUT', message: /still under way, so nothing was done/ }
  })
  t.match(results[2], { status: 'fulfilled', value: { outcome: 'pending' } }, 'another program does not wait')
  t.notOk(replay.calls.includes('stopProcess'))
})

test('logs', async t => {
  const options = { lines: 5, stream: 'stdout' } as const
  const { supervisor } = await createWorld(t, 'python-4.2.5', {
    getProcessInfo: ['info-running'], readProcessStdoutLog: ['log'], readProcessStderrLog: ['err']
  })
  t.strictSame(await supervisor.logs('steady', options), ['grüße'])
  t.strictSame(await supervisor.logs('steady', { lines: 5, stream: 'stderr' }), ['oops'])
  const none: Array<[Recorded, Script]> = [
    ['go-0.7.3', { getProcessInfo: ['info-exited'] }],
    ['python-4.2.5', { getProcessInfo: ['info-devout'] }],
    ['go-0.7.3', { getProcessInfo: ['info-running'], readProcessStdoutLog: ['log-devout'] }],
    ['python-4.2.5', { getProcessInfo: ['info-running'], readProcessStdoutLog: [answerFault(30, 'FAILED')] }],
  ]
  for (const [from, script] of none) {
    const world = await createWorld(t, from, script)
    t.equal(await world.supervisor.logs('x', options), null)
    t.equal(await world.supervisor.follow('x', { stream: 'stdout', signal: new AbortController().signal }), null)
  }
  const unreadable = await createWorld(t, 'python-4.2.5', {
    getProcessInfo: ['info-running'], readProcessStdoutLog: [{ status: 500 }]
  })
  t.strictSame(await unreadable.supervisor.logs('x', options), [])
  const never = await createWorld(t, 'python-4.2.5', { getProcessInfo: ['info-never'] })
  t.strictSame(await never.supervisor.logs('never', options), [])
  t.notOk(never.replay.calls.includes('readProcessStdoutLog'), 'Go would hang up')
  const odd = await createWorld(t, 'python-4.2.5', {
    getProcessInfo: ['info-running'], readProcessStdoutLog: [answerFault(1, 'UNKNOWN_METHOD')]
  })
  await t.rejects(odd.supervisor.logs('x', options), { code: 'SUPERVISOR_UNAVAILABLE', message: /UNKNOWN_METHOD/ })
  const broken = await createWorld(t, 'python-4.2.5', {
    getProcessInfo: ['info-running'], readProcessStdoutLog: ['log', answerFault(1, 'UNKNOWN_METHOD')]
  })
  await t.rejects(broken.supervisor.logs('x', options), { code: 'SUPERVISOR_UNAVAILABLE', message: /UNKNOWN_METHOD/ })
})

test('following ends when the driver is closed', async t => {
  const { supervisor, replay } = await createWorld(t, 'go-0.7.3', {
    getProcessInfo: ['info-running'], readProcessStdoutLog: [answerXml(''), answerXml('')]
  })
  const lines = await supervisor.follow('steady', { stream: 'stdout', signal: new AbortController().signal })
  const listening = (async () => { for await (const batch of lines!) t.fail(JSON.stringify(batch)) })()
  await until('it polls', () => replay.calls.length > 6)
  await supervisor.close()
  await listening
  t.pass('ended')
})

test('following ends without an error when the driver is closed during a read', async t => {
  const empty = Array.from({ length: 5 }, () => answerXml(''))
  const { supervisor, replay } = await createWorld(t, 'go-0.7.3', {
    getProcessInfo: ['info-running'], readProcessStdoutLog: [...empty, { hang: true }]
  })
  const lines = await supervisor.follow('steady', { stream: 'stdout', signal: new AbortController().signal })
  const listening = (async () => { for await (const batch of lines!) t.fail(JSON.stringify(batch)) })()
  await until('it reads', () => replay.calls.filter(method => method === 'readProcessStdoutLog').length > empty.length)
  await supervisor.close()
  await listening
  t.pass('ended')
})

test('1,000 status calls while the supervisor is down, then up', async t => {
  const { supervisor, replay } = await createWorld(t, 'go-0.7.3', {
    getProcessInfo: [...Array<object>(500).fill({ hangUp: true }), 'info-running'],
  })
  const before = countDescriptors()
  for (let call = 0; call < 500; call++) {
    await t.rejects(supervisor.status('steady'), { code: 'SUPERVISOR_UNAVAILABLE' })
  }
  for (let call = 0; call < 500; call++) t.match(await supervisor.status('steady'), { state: 'RUNNING' })
  t.equal(replay.calls.length, 1_000)
  await until('the sockets are closed', () => countDescriptors() <= before + 8)
})
