import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { startEnclave } from '../channel/enclave.js'
import { startTunnel } from './tunnel-process.js'

const MEGABYTE = 1024 * 1024
const CHUNK = Buffer.alloc(MEGABYTE, 'line of a log\n')
const COUNT = 100
const HASH = createHash('sha256').update(Buffer.alloc(COUNT * MEGABYTE, CHUNK)).digest('hex')
/** The kernel's buffers of four sockets, and Node's. */
const LARGEST_BUFFER = 40 * MEGABYTE
const LARGEST_GROWTH_MB = 48

/** Waits until a number stays as it is. */
async function untilAtRest (value: () => number): Promise<void> {
  let last = -1
  while (last !== value()) {
    last = value()
    await pause(500)
  }
}

/** Writes as fast as the other side takes it, and counts. */
async function writeAll (stream: NodeJS.WritableStream, count: (bytes: number) => void): Promise<void> {
  for (let chunk = 0; chunk < COUNT; chunk++) {
    count(MEGABYTE)
    if (!stream.write(CHUNK)) await once(stream, 'drain')
  }
  stream.end()
}

t.test('100 MB to a slow reader: whole, and the tunnel keeps little of it', async t => {
  let sent = 0
  const enclave = await startEnclave(t, {
    onRequest: (_request, response) => { writeAll(response, bytes => { sent += bytes }).catch(() => {}) },
  })
  const tunnel = await startTunnel(t, { folder: t.testdir(), ...enclave })
  const asked = request(`${tunnel.url}/api/getGeneratorLogs`).end()
  const [answer] = await once(asked, 'response') as [IncomingMessage]
  const before = await tunnel.memory()
  // A reader that rests: the server must come to rest, too.
  await untilAtRest(() => sent)
  t.ok(sent < LARGEST_BUFFER, `${sent / MEGABYTE} MB were sent to a reader that rests`)
  const hash = createHash('sha256')
  let largest = 0
  let chunks = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    hash.update(chunk)
    chunks += 1
    if (chunks % 64 === 0) await pause(1)
    if (chunks % 64 === 0) largest = Math.max(largest, await tunnel.memory())
  }
  t.equal(hash.digest('hex'), HASH)
  t.ok(largest - before < LARGEST_GROWTH_MB, `the tunnel grew by ${Math.round(largest - before)} MB`)
})

t.test('100 MB from a fast writer to an enclave that reads slowly', async t => {
  const hash = createHash('sha256')
  let go = (): void => {}
  const rested = new Promise<void>(resolve => { go = resolve })
  const enclave = await startEnclave(t, {
    onRequest: async (incoming, response) => {
      await rested
      for await (const chunk of incoming as AsyncIterable<Buffer>) hash.update(chunk)
      response.end('done')
    },
  })
  const tunnel = await startTunnel(t, { folder: t.testdir(), ...enclave })
  const before = await tunnel.memory()
  const asked = request(`${tunnel.url}/x`, { method: 'POST' })
  let sent = 0
  const written = writeAll(asked, bytes => { sent += bytes })
  await once(enclave.server, 'request')
  await untilAtRest(() => sent)
  t.ok(sent < LARGEST_BUFFER, `${sent / MEGABYTE} MB were sent to an enclave that rests`)
  t.ok(await tunnel.memory() - before < LARGEST_GROWTH_MB)
  go()
  await written
  const [answer] = await once(asked, 'response') as [IncomingMessage]
  t.equal(answer.statusCode, 200)
  t.equal(hash.digest('hex'), HASH)
})
