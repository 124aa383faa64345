import { test } from 'tap'
import { build, firstLine, isAlive, section } from './helper.js'

/** Between a look at the process table and the signal, the newest process of this program has often ended. */
const FORKS = '/bin/sh -c "echo forking; while :; do (exit 0); (exit 0); done"'
const STOPS = 30

test('a program that forks short-lived processes all the time gets its stop signal', async (t) => {
  const { supervisor } = await build(t, section('generator', { command: FORKS, startsecs: 0.1, stopwaitsecs: 2 }))
  const signals: Record<string, number> = {}
  for (let stop = 0; stop < STOPS; stop++) {
    const { process: { pid } } = await supervisor.start('generator')
    await firstLine(supervisor, 'generator')
    const { outcome, process: { exit_signal: signal } } = await supervisor.stop('generator')
    t.equal(outcome, 'done')
    t.notOk(isAlive(pid))
    signals[String(signal)] = (signals[String(signal)] ?? 0) + 1
  }
  t.strictSame(signals, { SIGTERM: STOPS })
})
