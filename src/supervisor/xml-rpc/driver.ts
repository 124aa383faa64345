import { createOperations, type ForeignSupervisorOptions, LONGEST_ORDER_MS, LOOK_MS } from '../supervisord/operations.js'
import { createOrphanWatch, createSeenProcesses } from '../supervisord/processes/orphan-watch.js'
import type { OrderAnswer, Verb } from '../supervisord/order.js'
import type { Reading } from '../supervisord/reading.js'
import { createSharedReads } from '../../timing/shared-reads.js'
import { createRedactor } from '../../redaction/redactor.js'
import type { Supervisor } from '../supervisor.js'
import { XmlRpcError } from './codec.js'
import { createXmlRpcConnection } from './connection.js'
import { answerToOrder, toCodedError } from './faults.js'
import { isGo, type ProcessStruct, programName, toProcessStruct, toProcessStructs, toReading } from './process.js'
import { createProgramLogs } from './program-log.js'

export interface XmlRpcSupervisorOptions extends ForeignSupervisorOptions {
  /** `http://[user:password@]host:port` or `unix://[user:password@]/path`. */
  url: string
}

const POLL_MS = 50
const ORDERS_AT_ONCE = 32

/** Drives Python's or Go's supervisord over XML-RPC. Throws an Error if the URL cannot be used. */
export function createXmlRpcSupervisor (options: XmlRpcSupervisorOptions): Supervisor {
  const { url, operationTimeoutMs, stateFolder, redactor = createRedactor(), log } = options
  const connection = createXmlRpcConnection({ url })
  // Go holds an order's connection until the order is carried out. Looks must not wait for it.
  const orders = createXmlRpcConnection({ url, connections: ORDERS_AT_ONCE })
  const closing = new AbortController()
  const stopOrdered = new Set<string>()
  const watch = createOrphanWatch({ seen: createSeenProcesses({ folder: stateFolder, log }) })
  /** The first look sets this, and comes before any order. */
  let isGoDaemon = false
  const lookMs = Math.min(LOOK_MS, operationTimeoutMs)
  const statuses = createSharedReads(async program => (await read(program, lookMs)).process)
  const logs = createProgramLogs({ connection, readStruct, redactor, deadlineMs: lookMs, closing: closing.signal })
  const operations = createOperations({
    calls: { read, sendOrder, orphans: watch.orphans, tail: logs.tail },
    operationTimeoutMs,
    pollMs: POLL_MS,
    lookMs,
    log,
    closing: closing.signal,
    onEnd: statuses.forget,
  })

  async function readStruct (program: string, deadlineMs: number): Promise<ProcessStruct> {
    try {
      const [struct] = await connection.call('getProcessInfo', [program], { deadlineMs })
      return toProcessStruct(struct)
    } catch (error) {
      throw toCodedError(error, program)
    }
  }

  async function read (program: string, deadlineMs: number): Promise<Reading> {
    const struct = await readStruct(program, deadlineMs)
    isGoDaemon = isGo(struct)
    return await watch.attend(program, toReading(program, struct, { stopOrdered: stopOrdered.has(program) }))
  }

  /**
   * Waits for Go's stop. A stop with wait=false looks every 10 ms whether the program has ended. It misses a start
   * between two looks, and kills that run after stopwaitsecs (process.go, Stop, at c2cae38).
   */
  async function sendOrder (verb: Verb, program: string, signal: AbortSignal): Promise<OrderAnswer> {
    if (verb === 'stop') stopOrdered.add(program)
    else stopOrdered.delete(program)
    const isAwaited = verb === 'stop' && isGoDaemon
    try {
      await orders.call(`${verb}Process`, [program, isAwaited], { deadlineMs: LONGEST_ORDER_MS, signal })
      return { is: isGoDaemon ? 'unsure' : 'taken', text: null }
    } catch (error) {
      if (!(error instanceof XmlRpcError)) throw error
      return answerToOrder(error)
    }
  }

  async function programs (): Promise<string[]> {
    try {
      const [structs] = await connection.call('getAllProcessInfo', [], { deadlineMs: lookMs })
      return toProcessStructs(structs).map(programName)
    } catch (error) {
      throw toCodedError(error, null)
    }
  }

  async function close (): Promise<void> {
    closing.abort()
    await Promise.all([connection.close(), orders.close()])
  }

  return { ...operations, programs, status: statuses.join, logs: logs.logs, follow: logs.follow, close }
}
