import { Worker } from 'node:worker_threads'
import { CodedError } from '../errors.js'
import { createSerial } from '../timing/serial.js'
import type { OpenedBody } from './open-body.js'
import type { BodyRules } from './parse-body.js'
import { fromPieces } from './pieces.js'
import type { MessageKey, Outcome } from './read-large-body.js'

export interface BodyJob { bytes: Uint8Array, rules: BodyRules }

const THREAD = new URL('./body-worker.js', import.meta.url)

/** A body that a thread has read, or the reason why it is refused. */
export class LargeBody {
  constructor (readonly outcome: OpenedBody | CodedError) {}
}

/** The plain bodies that fit the schema of their route. */
const checked = new WeakSet<object>()

export function isChecked (body: unknown): boolean {
  return checked.has(Object(body))
}

/**
 * Reads large bodies in a thread, so that other requests go on meanwhile. It reads one body at a time, each in a new thread.
 * That takes about 100 ms more, but keeps no memory. The thread never gets the enclave's secret, only the key of its one message.
 */
export function createLargeBodies ({ messageKey, thread = THREAD }: { messageKey: MessageKey, thread?: URL }) {
  const inTurn = createSerial()

  /** Empties the buffer. Throws the coded errors of an unreadable body, and an Error if the thread ends early. */
  return async (bytes: Buffer<ArrayBuffer>, rules: BodyRules): Promise<LargeBody> => {
    const outcome = await inTurn(async () => await askThread({ bytes, rules }))
    if ('refusal' in outcome) {
      const { isUnreadable, code, message, data } = outcome.refusal
      const error = new CodedError(code, message, { data })
      if (isUnreadable) throw error
      return new LargeBody(error)
    }
    const body = await fromPieces(outcome.pieces)
    checked.add(body)
    return new LargeBody({ body, responseKey: outcome.responseKey, digest: outcome.digest })
  }

  async function askThread (job: BodyJob & { bytes: Buffer<ArrayBuffer> }): Promise<Outcome> {
    const worker = new Worker(thread, { workerData: job, transferList: [job.bytes.buffer] })
    return await new Promise((resolve, reject) => {
      worker.on('error', reject)
      worker.on('exit', () => reject(new Error('The thread that reads a large body has ended early')))
      // The thread asks for the key of the message, or gives the result.
      worker.on('message', (message: { ephemeralPoint: Uint8Array } | Outcome) => {
        if (!('ephemeralPoint' in message)) return resolve(message)
        messageKey(message.ephemeralPoint).then(key => worker.postMessage(key, key === null ? [] : [key.buffer]), reject)
      })
    })
  }
}
