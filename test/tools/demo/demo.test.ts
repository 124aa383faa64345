import { readFile } from 'node:fs/promises'
import t from 'tap'
import { findProcess, nothingIsLeft, play } from './play.js'

// The demos wait more than they work, so they run at the same time.
t.jobs = 3

/** The parts of the output that stay the same in every run: titles, calls, the beginnings of answers, and ticks. */
function outline (text: string): string[] {
  return text
    .split('\n')
    .filter(line => /^(\d+\.| {3}[→←✓✗]) /.test(line))
    .map(line =>
      line
        .replaceAll(/0x[0-9a-f]+(…[0-9a-f]+)?|[0-9a-f]{8}…[0-9a-f]+|\d+ms|in_ms":\d+|\d\.\d s|-9 \d+/gi, '#')
        .slice(0, 80)
    )
}

t.test('the whole day, as docs/demo.md shows it', async t => {
  // An operator's own settings make no difference.
  const variables = {
    CHAIN_CHECKS: 'off', SUPERVISORD_URL: 'http://127.0.0.1:1', CONFIG_DIR: '/dev/null', OPERATION_TIMEOUT_MS: '100'
  }
  const demo = play(t, { variables })
  t.strictSame(await demo.exited, [0, null])
  await nothingIsLeft(t, demo)
  const output = demo.output()
  t.notMatch(output, /✗/, 'no step failed')
  t.notMatch(output, /[^\P{Cc}\n]/u, 'plain')
  t.match(output, /\nAll as documented, in \d+ s\.\nNothing is left behind\.\n$/)
  const page = await readFile(new URL('../../../docs/demo.md', import.meta.url), 'utf8')
  const [, shown = ''] = /\n```text\n([^`]*All as documented[^`]*)```\n/.exec(page) ?? []
  t.strictSame(outline(shown), outline(output))
})

t.test('--keep leaves all running until Ctrl-C', async t => {
  const demo = play(t, { options: ['--keep'] })
  await demo.printed('getGeneratorStatus -H "api-key: $API_KEY"\n')
  const [, endpoint = ''] = /^ENDPOINT=(.*)$/m.exec(demo.output()) ?? []
  const [, key = ''] = /^API_KEY=(.*)$/m.exec(demo.output()) ?? []
  const response = await fetch(`${endpoint}/api/getGeneratorStatus`, { headers: { 'api-key': key } })
  t.match(await response.json(), { process: { state: 'RUNNING' } })
  demo.child.kill('SIGINT')
  t.strictSame(await demo.exited, [0, null])
  await nothingIsLeft(t, demo)
})

t.test('a service that goes away fails the demo', async t => {
  const demo = play(t)
  await demo.printed('The service: ')
  process.kill(await findProcess(demo, 'server.js'), 'SIGKILL')
  t.strictSame(await demo.exited, [1, null])
  t.match(demo.output(), /✗ fetch failed: .*\n {3}\{"level":/, 'says why, with the end of the log')
  await nothingIsLeft(t, demo)
})

t.test('a service that ends before it listens fails the demo', async t => {
  const demo = play(t)
  let service = null
  while (service === null) service = await findProcess(demo, 'server.js').catch(() => null)
  process.kill(service, 'SIGKILL')
  t.strictSame(await demo.exited, [1, null])
  t.match(demo.output(), '✗ The service ended before it listened\n')
  await nothingIsLeft(t, demo)
})

t.test('a service that hangs is ended all the same', async t => {
  const demo = play(t)
  await demo.printed('The service: ')
  process.kill(await findProcess(demo, 'server.js'), 'SIGSTOP')
  demo.child.kill('SIGINT')
  t.strictSame(await demo.exited, [130, null])
  await nothingIsLeft(t, demo)
})

t.test('an unknown option', async t => {
  const demo = play(t, { options: ['--kep'] })
  t.strictSame(await demo.exited, [2, null])
  t.equal(demo.output(), 'Usage: npm run demo [-- --keep]\n')
})
