import type { JsonRpcClient, RpcOutcome } from '../rpc/json-rpc.js'
import { decodeAggregate, encodeAggregate, MULTICALL3 } from './multicall.js'
import { ANSWER_TOO_LONG } from '../rpc/answer.js'
import { isRevert } from '../rpc/refusal.js'
import { RpcAnswerTooLong, RpcUnavailable } from '../rpc/rpc-unavailable.js'

/** Keeps one Multicall3 answer below the limit of the JSON-RPC client, and its gas below what nodes allow. */
const ANSWER_BYTES = 60 * 1024
const PARALLEL_CALLS = 16

export interface ContractRead {
  to: string
  data: string
  /** The approximate size of the returned data within Multicall3's answer, in hex digits. */
  answerBytes: number
  mayBeLong: boolean
}

/** Returned data as 0x hex. `0x` is an address without code, or replaces an overlong answer. Null is a revert. */
export type ReadOutcome = string | null

/** Remembers whether the endpoint's chain has Multicall3. Null means unknown. */
export interface MulticallMemory {
  hasMulticall: boolean | null
}

export type ContractReader = ReturnType<typeof createContractReader>

/** Reads contracts, by Multicall3 if the chain has it. Throws RpcUnavailable or RpcUrlForbidden. */
export function createContractReader ({ client, memory }: { client: JsonRpcClient, memory: MulticallMemory }) {
  /** `sure` repeats failed reads without Multicall3, because running out of gas is no revert. */
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
    // Another chunk may have found meanwhile that Multicall3 is missing.
    if (memory.hasMulticall === false) return await readDirectly(reads)
    const aggregate = ethCall(MULTICALL3, encodeAggregate(reads))
    const [outcome] = await client.send({ count: 1, callAt: () => aggregate }).catch(error => {
      if (error instanceof RpcAnswerTooLong && reads.some(({ mayBeLong }) => mayBeLong)) return [ANSWER_TOO_LONG]
      throw error
    }) as [RpcOutcome]
    if (outcome === ANSWER_TOO_LONG) return await readHalves(reads)
    const results = 'result' in outcome && isData(outcome.result) ? decodeAggregate(outcome.result, reads.length) : null
    if (results !== null) {
      memory.hasMulticall = true
      return results
    }
    // An address without code answers nothing. An error, such as too much gas, may pass next time.
    if ('result' in outcome && outcome.result === '0x') memory.hasMulticall = false
    return await readDirectly(reads)
  }

  /** Halving isolates the long answer and leaves most others together. */
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
    // Each address has an exchange of its own, because code takes up to 48 KB.
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
  // Lower case avoids an error for a wrong EIP-55 checksum.
  return { method: 'eth_call', params: [{ to: to.toLowerCase(), data }, 'latest'] }
}

/** Returns null after a revert. Other errors, such as a rate limit, say nothing about the contract. */
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
