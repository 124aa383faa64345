import { Worker } from 'node:worker_threads'
import { CodedError } from '../errors.js'
import { createSerial } from '../serial.js'
import type { OpenedBody } from './open-body.js'
import type { BodyRules } from './parse-body.js'
import { fromPieces } from './pieces.js'
import type { MessageKey, Outcome, Refusal } from './read-large-body.js'

/** What the thread gets at its start. */
export interface BodyJob { bytes: Uint8Array, rules: BodyRules }

/** A question of the thread, or its answer. */
type Message = { ephemeralPoint: Uint8Array } | Outcome

const WORKER = new URL('./body-worker.js', import.meta.url)
/** The largest bodies need a third of it. */
const HEAP_MEGABYTES = 256

/** A body that was read in another thread: the plain one, or why it is refused. */
export class LargeBody {
  constructor (readonly outcome: OpenedBody | CodedError) {}
}

/** Plain bodies that were found to fit the schema of their route. */
const checked = new WeakSet<object>()

export function isChecked (body: unknown): boolean {
  return checked.has(Object(body))
}

/**
 * Reads large bodies in a thread of their own, so that nobody waits for them: one after the other, each in a new thread, which
 * takes some 100 ms more and leaves no memory taken. The thread never has the enclave's secret: it asks for the key of its one message.
 */
export function createLargeBodies ({ messageKey, heapMegabytes = HEAP_MEGABYTES }: { messageKey: MessageKey, heapMegabytes?: number }) {
  const inTurn = createSerial()

  /**
   * Takes the bytes over: nothing is left in them. Throws the coded errors of what cannot be read. Throws an Error where the
   * thread ends early, as for want of memory.
   */
  return async (bytes: Buffer<ArrayBuffer>, rules: BodyRules): Promise<LargeBody> => {
    const outcome = await inTurn(async () => await askThread({ bytes, rules }))
    if ('refusal' in outcome) return refuse(outcome.refusal)
    const body = await fromPieces(outcome.pieces)
    checked.add(body)
    return new LargeBody({ body, responseKey: outcome.responseKey })
  }

  async function askThread (job: BodyJob & { bytes: Buffer<ArrayBuffer> }): Promise<Outcome> {
    const worker = new Worker(WORKER, { workerData: job, transferList: [job.bytes.buffer], resourceLimits: { maxOldGenerationSizeMb: heapMegabytes } })
    return await new Promise((resolve, reject) => {
      worker.on('error', reject)
      worker.on('exit', () => reject(new Error('The thread that reads a large body has ended early')))
      worker.on('message', (message: Message) => {
        if (!('ephemeralPoint' in message)) return resolve(message)
        messageKey(message.ephemeralPoint).then(key => worker.postMessage(key, key === null ? [] : [key.buffer]), reject)
      })
    })
  }
}

function refuse ({ isUnreadable, code, message, data }: Refusal): LargeBody {
  const error = new CodedError(code, message, { data })
  if (isUnreadable) throw error
  return new LargeBody(error)
}
