import { createServer, type RequestListener } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createActor } from '../../../tools/demo/actor.js'
import { differenceFrom, type Expected } from '../../../tools/demo/narration/difference.js'
import { createNarrator } from '../../../tools/demo/narration/narrator.js'
import { cut, shortJson } from '../../../tools/demo/narration/shorten.js'

const NEVER = new AbortController().signal

function listenTo ({ isTerminal = false, hasColour = false } = {}) {
  const written: string[] = []
  const output = { write: (text: string) => written.push(text) > 0 }
  return { written, narrator: createNarrator({ output, isTerminal, hasColour }) }
}

t.test('the first difference is named', async t => {
  const answer = { status: 'success', process: { state: 'FATAL', pid: null } }
  const cases: [Expected, string | null][] = [
    [{}, null],
    [{ status: 'success', process: { state: 'FATAL', pid: null } }, null],
    [{ status: /^succ/ }, null],
    [{ status: 'error' }, 'the answer\'s status is "success", not "error"'],
    [{ process: { state: 'RUNNING', pid: 1 } }, 'the answer\'s process\'s state is "FATAL", not "RUNNING"'],
    [{ process: { state: /^R/ } }, 'the answer\'s process\'s state is "FATAL", which does not fit /^R/'],
    [{ process: { pid: /^\d+$/ } }, "the answer's process's pid is null, which does not fit /^\\d+$/"],
    [{ process: { pid: { x: 1 } } }, "the answer's process's pid is null, not an object"],
    [{ status: { x: 1 } }, 'the answer\'s status is "success", not an object'],
    [{ code: 'X' }, 'the answer\'s code is missing, not "X"'],
  ]
  for (const [expected, difference] of cases) t.equal(differenceFrom(expected, answer), difference)
})

t.test('the demo shows short texts without the gas key', async t => {
  t.equal(
    shortJson({
      private_key: 'ab'.repeat(32), api: 'cd'.repeat(32), r: `0x${'ef'.repeat(32)}`, address: `0x${'12'.repeat(20)}`
    }),
    `{"private_key":"…","api":"cdcdcdcd…cdcd","r":"0xefefef…efef","address":"0x${'12'.repeat(20)}"}`
  )
  t.equal(shortJson({ text: 'x'.repeat(300) }).length, 160)
  t.equal(cut('12345', 5), '12345')
  t.equal(cut('123456', 5), '1234…')
})

t.test('plain lines where it is no terminal', async t => {
  const { written, narrator } = listenTo()
  narrator.step('One')
  narrator.sent('GET /')
  narrator.received('200')
  narrator.succeeded('fine')
  narrator.step('Two')
  narrator.failed('not fine')
  t.equal(await narrator.during('waiting', Promise.resolve(7)), 7)
  t.equal(written.join(''), '\n1. One\n   → GET /\n   ← 200\n   ✓ fine\n\n2. Two\n   ✗ not fine\n')
})

t.test('colour and a progress line on a terminal', async t => {
  const { written, narrator } = listenTo({ isTerminal: true, hasColour: true })
  narrator.succeeded('fine')
  t.equal(written.join(''), '   \x1b[32m✓\x1b[39m fine\n')
  written.length = 0
  const drawnThrice = async () => { while (written.length < 3) await new Promise(setImmediate) }
  await narrator.during('w'.repeat(70), drawnThrice())
  t.equal(written[0], `\r\x1b[2K   ⠋ ${'w'.repeat(59)}…, 0.0 s`)
  t.match(written[2], /^.{5} {3}\p{Script=Braille} /su, 'another frame')
  t.not(written[2], written[0])
  t.equal(written.at(-1), '\r\x1b[2K', 'the line is cleared')
  const count = written.length
  await t.rejects(narrator.during('waiting', Promise.reject(new Error('broken'))), { message: 'broken' })
  t.equal(written.at(-1), '\r\x1b[2K')
  t.equal(written.length, count + 2)
})

async function serve (t: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('an answer that is not as documented stops the play', async t => {
  const url = await serve(t, (_request, response) =>
    response.writeHead(202).end('{"message":"Generator is starting."}')
  )
  const { written, narrator } = listenTo()
  const actor = createActor({ url, narrator, signal: NEVER })
  const call = {
    title: 'Start', method: 'POST' as const, path: '/api/startGenerator', answer: { message: 'Generator started' }
  }
  await t.rejects(actor.call({ ...call, status: 200 }), { message: 'Not as documented: the status is 202, not 200' })
  await t.rejects(actor.call({ ...call, status: 202 }), {
    message: 'Not as documented: the answer\'s message is "Generator is starting.", not "Generator started"',
  })
  t.match(
    written.join(''),
    '\n1. Start\n   → POST /api/startGenerator\n   ← 202 {"message":"Generator is starting."}\n'
  )
})

t.test('patience asks again, and has an end', async t => {
  let asked = 0
  const url = await serve(t, (_request, response) => response.end(`{"asked":${++asked}}`))
  const actor = createActor({ url, narrator: listenTo().narrator, signal: NEVER })
  const call = { title: 'Wait', method: 'GET' as const, path: '/', status: 200, patienceMs: 2000 }
  t.strictSame(await actor.call({ ...call, answer: { asked: 3 } }), { asked: 3 })
  await t.rejects(
    actor.call({ ...call, answer: { asked: 0 }, patienceMs: 100 }),
    /^Not as documented: the answer's asked is \d+, not 0$/
  )
})

t.test('the demo does no more steps after an interruption', async t => {
  const actor = createActor({ url: 'http://127.0.0.1:1', narrator: listenTo().narrator, signal: AbortSignal.abort() })
  await t.rejects(actor.act({ title: 'Kill', deed: 'kill -9 1', run: async () => String(t.fail('it was done')) }), {
    name: 'AbortError',
  })
})
