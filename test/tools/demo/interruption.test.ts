import t from 'tap'
import { nothingIsLeft, play } from './play.js'

// The demos wait more than they work, so they run at the same time.
t.jobs = 3

for (const [signal, moment] of [
  ['SIGHUP', '. Get the API key'],
  ['SIGINT', '. Watch it'],
  ['SIGTERM', '. Start: refused'],
] as const) {
  t.test(`${signal} at "${moment}"`, async t => {
    const demo = play(t)
    await demo.printed(moment)
    demo.child.kill(signal)
    demo.child.kill(signal)
    t.strictSame(await demo.exited, [130, null])
    t.match(demo.output(), /Nothing is left behind\.\n$/)
    await nothingIsLeft(t, demo)
  })
}

t.test('Ctrl-C on a terminal', async t => {
  const demo = play(t, {
    terminal: true,
    variables: {
      TERM: 'xterm-256color', NO_COLOR: undefined, NODE_DISABLE_COLORS: undefined, FORCE_COLOR: undefined, CI: undefined
    },
  })
  await demo.printed('. Watch it')
  demo.child.stdin.write('\x03')
  t.strictSame(await demo.exited, [130, null])
  t.match(demo.output(), '\x1b[1m1. Get the API key: it is issued once\x1b[22m', 'in colour')
  t.match(demo.output(), '\r\x1b[2K   ⠋ POST /api/generateApiKey, 0.0 s', 'with a progress line')
  await nothingIsLeft(t, demo)
})

t.test('a signal while the stage is being set', async t => {
  const demo = play(t)
  while ((await demo.files()).length === 0) await new Promise(setImmediate)
  demo.child.kill('SIGINT')
  t.strictSame(await demo.exited, [130, null])
  await nothingIsLeft(t, demo)
})

t.test('nobody reads any more, as in npm run demo | head', async t => {
  const demo = play(t)
  await demo.printed('1. ')
  demo.child.stdout.destroy()
  t.strictSame(await demo.exited, [130, null])
  await nothingIsLeft(t, demo)
})
