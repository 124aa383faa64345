import type { JsonRpcClient, RpcOutcome } from '../rpc/json-rpc.js'
import { decodeAggregate, encodeAggregate, MULTICALL3 } from './multicall.js'
import { ANSWER_TOO_LONG } from '../rpc/answer.js'
import { isRevert } from '../rpc/refusal.js'
import { RpcAnswerTooLong, RpcUnavailable } from '../rpc/rpc-unavailable.js'

/** Keeps one answer of Multicall3 below the JSON-RPC client's limit for one call, and its gas below what nodes allow. */
const ANSWER_BYTES = 60 * 1024
const PARALLEL_CALLS = 16

export interface ContractRead {
  to: string
  data: string
  /** Roughly how much of Multicall3's answer the returned data takes, in hex digits. */
  answerBytes: number
  /** The answer holds bytes of any length. */
  mayBeLong: boolean
}

/** Returned data as 0x hex, `0x` from an address without code, or where it is longer than is read; null after a revert. */
export type ReadOutcome = string | null

/** A process remembers whether an endpoint's chain has Multicall3; null before that is known. */
export interface MulticallMemory {
  hasMulticall: boolean | null
}

/** Reads contracts, by Multicall3 where the chain has it. Throws RpcUnavailable or RpcUrlForbidden. */
export interface ContractReader {
  /** In order. `sure` asks once more, without Multicall3, for what failed there: running out of gas is no revert. */
  read (reads: ContractRead[], options?: { sure?: boolean }): Promise<ReadOutcome[]>
  /** Whether each address has code. */
  haveCode (addresses: string[]): Promise<boolean[]>
}

export function createContractReader ({ client, memory }: { client: JsonRpcClient, memory: MulticallMemory }): ContractReader {
  async function read (reads: ContractRead[], { sure = false } = {}): Promise<ReadOutcome[]> {
    if (memory.hasMulticall === false) return await readDirectly(reads)
    const chunks = toChunks(reads)
    const outcomes: ReadOutcome[] = []
    for (let start = 0; start < chunks.length; start += PARALLEL_CALLS) {
      outcomes.push(...(await Promise.all(chunks.slice(start, start + PARALLEL_CALLS).map(readChunk))).flat())
    }
    const failed = [...outcomes.keys()].filter(index => outcomes[index] === null)
    if (!sure || failed.length === 0) return outcomes
    const again = await readDirectly(failed.map(index => reads[index] as ContractRead))
    for (const [position, index] of failed.entries()) outcomes[index] = again[position] as ReadOutcome
    return outcomes
  }

  async function readChunk (reads: ContractRead[]): Promise<ReadOutcome[]> {
    // The chain may have turned out to be without it while other chunks waited.
    if (memory.hasMulticall === false) return await readDirectly(reads)
    const outcome = await aggregate(reads)
    if (outcome === ANSWER_TOO_LONG) return await readHalves(reads)
    const results = 'result' in outcome && isData(outcome.result) ? decodeAggregate(outcome.result, reads.length) : null
    if (results !== null) {
      memory.hasMulticall = true
      return results
    }
    // An address without code answers nothing. An error, such as too much gas, may be different the next time.
    if ('result' in outcome && outcome.result === '0x') memory.hasMulticall = false
    return await readDirectly(reads)
  }

  async function aggregate (reads: ContractRead[]): Promise<RpcOutcome> {
    try {
      const [outcome] = await client.send({ count: 1, callAt: () => ethCall(MULTICALL3, encodeAggregate(reads)) }) as [RpcOutcome]
      return outcome
    } catch (error) {
      if (error instanceof RpcAnswerTooLong && reads.some(({ mayBeLong }) => mayBeLong)) return ANSWER_TOO_LONG
      throw error
    }
  }

  /** Comes to the long answer, which is asked for by itself, and leaves most of the others together. */
  async function readHalves (reads: ContractRead[]): Promise<ReadOutcome[]> {
    if (reads.length === 1) return await readDirectly(reads)
    const middle = Math.ceil(reads.length / 2)
    return (await Promise.all([readChunk(reads.slice(0, middle)), readChunk(reads.slice(middle))])).flat()
  }

  async function readDirectly (reads: ContractRead[]): Promise<ReadOutcome[]> {
    const outcomes = await client.send({
      count: reads.length,
      callAt: index => {
        const { to, data, mayBeLong } = reads[index] as ContractRead
        return { ...ethCall(to, data), mayBeLong }
      },
    })
    return outcomes.map(outcome => returnedData(outcome))
  }

  async function haveCode (addresses: string[]): Promise<boolean[]> {
    // Each in an exchange of its own: code takes up to 48 KB.
    return await Promise.all(addresses.map(async address => {
      const [outcome] = await client.send({ count: 1, callAt: () => ({ method: 'eth_getCode', params: [address.toLowerCase(), 'latest'] }) })
      return returnedData(outcome as RpcOutcome, 'eth_getCode') !== '0x'
    }))
  }

  return { read, haveCode }
}

function toChunks (reads: ContractRead[]): ContractRead[][] {
  const chunks: ContractRead[][] = []
  let left = 0
  for (const read of reads) {
    if (read.answerBytes > left) {
      chunks.push([])
      left = ANSWER_BYTES
    }
    chunks.at(-1)?.push(read)
    left -= read.answerBytes
  }
  return chunks
}

function ethCall (to: string, data: string) {
  // In lower case: a wrong EIP-55 checksum is no error here.
  return { method: 'eth_call', params: [{ to: to.toLowerCase(), data }, 'latest'] }
}

/** The data of an eth_call, null after a revert. Any other error, such as a rate limit, says nothing about the contract. */
function returnedData (outcome: RpcOutcome, method = 'eth_call'): ReadOutcome {
  if (outcome === ANSWER_TOO_LONG) return '0x'
  if ('error' in outcome) {
    if (isRevert(outcome.error)) return null
    throw new RpcUnavailable(`refused ${method} with error code ${outcome.error.code}`)
  }
  if (!isData(outcome.result)) throw new RpcUnavailable(`answered ${method} with something that is not data`)
  return outcome.result
}

function isData (result: unknown): result is string {
  return typeof result === 'string' && /^0x([0-9a-fA-F]{2})*$/.test(result)
}
