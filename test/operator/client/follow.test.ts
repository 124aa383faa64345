import type { ServerResponse } from 'node:http'
import t from 'tap'
import { createGeneratorClient } from '../../../operator/client/index.js'
import { startHttpServer } from '../../fixtures/http-server.js'

t.test('lines come as the service sends them', async t => {
  const urls: (string | undefined)[] = []
  const chunks = [
    'retry: 1\n: heart',
    'beat\n\ndata: first\n\nid: 7\ndata:sec',
    'ond\r',
    '\n\r\ndata: two\ndata: lines\n\n',
    'event: line\ndata:  ',
    Buffer.from('é').subarray(0, 1),
    Buffer.from('é').subarray(1),
    '\n\ndata: unfinished',
  ]
  const url = await startHttpServer(t, async (request, response) => {
    urls.push(request.url)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const chunk of chunks) await new Promise(resolve => response.write(chunk, resolve))
    response.end()
  })
  const client = createGeneratorClient({ url, apiKey: 'key' })
  const lines = []
  for await (const line of client.followGeneratorLogs({ stream: 'stderr' })) lines.push(line)
  t.same(lines, ['first', 'second', 'two\nlines', ' é'])
  const left = client.followGeneratorLogs()
  t.same(await left.next(), { value: 'first', done: false })
  t.same(await left.return(), { value: undefined, done: true })
  t.same(urls, ['/api/getGeneratorLogs?follow=true&stream=stderr', '/api/getGeneratorLogs?follow=true'])
})

t.test('the signal ends it, a lost connection is an error, timeoutMs is only for the beginning', async t => {
  let current: ServerResponse | undefined
  const url = await startHttpServer(t, (_request, response) => {
    current = response
    response.writeHead(200).write('data: first\n\n')
  })
  // On a busy machine the first answer takes a second.
  const client = createGeneratorClient({ url, timeoutMs: 3000 })
  const controller = new AbortController()
  const followed = client.followGeneratorLogs({}, { signal: controller.signal })
  t.same(await followed.next(), { value: 'first', done: false })
  const next = followed.next()
  setTimeout(() => current?.write('data: later\n\n'), 3200)
  t.same(await next, { value: 'later', done: false })
  const last = followed.next()
  controller.abort(new Error('enough'))
  await t.rejects(last, new Error('enough'))
  const broken = client.followGeneratorLogs()
  await broken.next()
  current?.destroy()
  await t.rejects(broken.next(), { code: 'UNREACHABLE' })
})

t.test('errors before the first line', async t => {
  const refusing = await startHttpServer(t, (_request, response) => {
    response.writeHead(401).end(JSON.stringify({
      status: 'error', statusCode: 401, code: 'API_KEY_MISSING', message: 'm', data: null
    }))
  })
  await t.rejects(
    createGeneratorClient({ url: refusing }).followGeneratorLogs().next(), { code: 'API_KEY_MISSING', statusCode: 401 }
  )
  const empty = await startHttpServer(t, (_request, response) => { response.writeHead(204).end() })
  await t.rejects(createGeneratorClient({ url: empty }).followGeneratorLogs().next(), { code: 'ANSWER_INVALID' })
})
