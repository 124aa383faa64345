import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { setup } from '../fixtures/configuration.js'
import { build, type Service } from '../helper.js'

const SPEAK = join(import.meta.dirname, '../fixtures/programs/exit.mjs')

async function buildWith (t: Test, options = '') {
  const file = join(t.testdir({ data: {} }), 'supervisord.conf')
  await writeFile(
    file, `[program:kalypso-generator]\ncommand=node ${SPEAK} 0 60000\nautostart=false\nstartsecs=2\n${options}`
  )
  const service = await build(t, { folder: join(file, '../data'), variables: { SUPERVISORD_CONF: file } })
  await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  return service
}

async function follow (
  service: Service,
  query = '',
  headers = {}
): Promise<{ response: IncomingMessage, read: (wanted: RegExp) => Promise<string>, leave: () => void }> {
  const { port } = service.app.server.address() as AddressInfo
  const request = get({
    port,
    path: `/api/getGeneratorLogs?follow=true${query}`,
    headers: { 'api-key': service.apiKey(), ...headers },
    agent: false,
  })
  request.on('error', () => {})
  const [response] = await once(request, 'response') as [IncomingMessage]
  let text = ''
  response.setEncoding('utf8').on('data', data => { text += data })
  response.on('error', () => {})
  const read = async (wanted: RegExp) => {
    const signal = AbortSignal.timeout(10_000)
    while (!wanted.test(text)) {
      await once(response, 'data', { signal }).catch(cause => {
        throw new Error(`${wanted} did not come: ${text}`, { cause })
      })
    }
    return text
  }
  return { response, read, leave: () => request.destroy() }
}

t.test('the last lines of each stream, without control characters', async t => {
  const service = await buildWith(t)
  t.same((await service.send('GET', '/api/getGeneratorLogs')).json(),
    { status: 'success', message: 'Generator logs fetched', data: { stream: 'stdout', lines: [] } })
  await service.send('POST', '/api/startGenerator')
  t.match(
    (await service.send('GET', '/api/getGeneratorLogs?lines=5')).json(),
    { data: { stream: 'stdout', lines: [/^working \d+$/] } }
  )
  t.same(
    (await service.send('GET', '/api/getGeneratorLogs?stream=stderr&lines=1000&follow=false')).json().data,
    { stream: 'stderr', lines: ['trouble'] }
  )
  const wrong: [string, string][] = [
    ['lines=0', 'lines'],
    ['lines=1001', 'lines'],
    ['lines=x', 'lines'],
    ['stream=both', 'stream'],
    ['follow=yes', 'follow'],
    ['tail=1', 'tail']
  ]
  for (const [query, field] of wrong) {
    t.match(
      (await service.send('GET', `/api/getGeneratorLogs?${query}`)).json(),
      { statusCode: 400, code: 'INVALID_REQUEST', data: { field } },
      query
    )
  }
})

t.test('follow streams new lines, to a limited number of clients, until they leave or the service stops', async t => {
  const service = await buildWith(t)
  await service.app.listen({ port: 0 })
  const first = await follow(service)
  t.match(first.response.headers, {
    'content-type': /^text\/event-stream/, 'cache-control': 'no-store', 'x-accel-buffering': 'no'
  })
  await first.read(/^: following\nretry: 2000\n\n/)
  await service.send('POST', '/api/startGenerator')
  const [, id = '', line = ''] = /id: (.*)\ndata: (working \d+)\n\n/.exec(await first.read(
    /data: working \d+\n\n/
  )) ?? []
  const late = await follow(service, '&lines=5')
  t.equal(await late.read(/data: working/), `: following\nretry: 2000\n\nid: ${id}\ndata: ${line}\n\n`)
  late.leave()
  const behind = await follow(service, '', { 'last-event-id': id })
  await service.send('POST', '/api/restartGenerator')
  t.match(
    await behind.read(/data: working/),
    /^: following\nretry: 2000\n\nid: [^\n]+\ndata: working \d+\n\n$/,
    'only what came later'
  )
  behind.leave()
  const lost = await follow(service, '', { 'last-event-id': '00000000-9' })
  t.match(await lost.read(/data: working/), /^: following\nretry: 2000\n\nevent: gap\ndata: \[lines .*\]\n\nid: /)
  lost.leave()
  t.match(
    (await service.send('GET', '/api/getGeneratorLogs?follow=true&lines=0')).json(),
    { statusCode: 400, data: { field: 'lines' } }
  )

  const others = []
  for (let number = 1; number < 16; number++) others.push(await follow(service))
  t.match(
    (await service.send('GET', '/api/getGeneratorLogs?follow=true')).json(),
    { statusCode: 429, code: 'TOO_MANY_FOLLOWERS' }
  )
  others[0]!.leave()
  for (let status = 429; status === 429; await setTimeout(20)) {
    const next = await follow(service)
    status = next.response.statusCode!
    next.leave()
  }
  const ended = once(first.response, 'end')
  await service.app.close()
  await ended
})

t.test('a supervisor keeps no log', async t => {
  const service = await buildWith(t)
  service.app.supervisor.logs = async () => null
  service.app.supervisor.follow = async () => null
  for (const query of ['stream=stderr', 'stream=stderr&follow=true']) {
    t.match((await service.send('GET', `/api/getGeneratorLogs?${query}`)).json(), {
      statusCode: 404, code: 'LOGS_UNAVAILABLE', message: /keeps no stderr log .* set stderr_logfile=/, data: null
    })
  }
})
