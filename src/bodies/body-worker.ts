/** Runs in a thread and reads one large body for large-bodies.ts. */
import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import type { BodyJob } from './large-bodies.js'
import { readLargeBody } from './read-large-body.js'

const { bytes, rules } = workerData as BodyJob

parentPort!.postMessage(await readLargeBody(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), rules, async ephemeralPoint => {
  parentPort!.postMessage({ ephemeralPoint })
  const [key] = await once(parentPort!, 'message')
  return key
}))
