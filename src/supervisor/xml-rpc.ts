import type { Log } from './log.js'
import { createOperations, LOOK_MS } from './supervisord/operations.js'
import type { Refusal, Verb } from './supervisord/order.js'
import type { Reading } from './supervisord/reading.js'
import { createSharedReads } from '../shared-reads.js'
import { createRedactor, type Redactor } from '../redaction/redactor.js'
import type { Supervisor } from './supervisor.js'
import { XmlRpcError } from './xml-rpc/codec.js'
import { createXmlRpcConnection } from './xml-rpc/connection.js'
import { isCommandMissing, toCodedError } from './xml-rpc/faults.js'
import { type ProcessStruct, programName, toProcessStruct, toProcessStructs, toReading } from './xml-rpc/process.js'
import { createProgramLogs } from './xml-rpc/program-log.js'

export interface XmlRpcSupervisorOptions {
  /** `http://[user:password@]host:port` or `unix://[user:password@]/path`. */
  url: string
  operationTimeoutMs: number
  /** Takes secrets out of what the programs have printed. */
  redactor?: Redactor
  log: Pick<Log, 'warn'>
}

const POLL_MS = 50

/** Drives a supervisord over XML-RPC, Python's or Go's. Throws an Error when the URL cannot be used. */
export function createXmlRpcSupervisor ({ url, operationTimeoutMs, redactor = createRedactor(), log }: XmlRpcSupervisorOptions): Supervisor {
  const connection = createXmlRpcConnection({ url })
  const closing = new AbortController()
  const stopOrdered = new Set<string>()
  const lookMs = Math.min(LOOK_MS, operationTimeoutMs)
  const statuses = createSharedReads(async program => (await read(program, lookMs)).process)
  const logs = createProgramLogs({ connection, readStruct, redactor, deadlineMs: lookMs, closing: closing.signal })
  const operations = createOperations({
    calls: { read, sendOrder, tail: logs.tail }, operationTimeoutMs, pollMs: POLL_MS, lookMs, log, onEnd: statuses.forget,
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
    return toReading(program, await readStruct(program, deadlineMs), { stopOrdered: stopOrdered.has(program) })
  }

  /** wait=false: the answer comes at once and holds no connection; it is not believed in any case. */
  async function sendOrder (verb: Verb, program: string, signal: AbortSignal): Promise<Refusal | null> {
    if (verb === 'stop') stopOrdered.add(program)
    else stopOrdered.delete(program)
    try {
      await connection.call(`${verb}Process`, [program, false], { deadlineMs: operationTimeoutMs, signal })
      return null
    } catch (error) {
      if (!(error instanceof XmlRpcError)) throw error
      return { text: error.message, isFinal: isCommandMissing(error) }
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
    await connection.close()
  }

  return { ...operations, programs, status: statuses.join, logs: logs.logs, follow: logs.follow, close }
}
