import { Interface } from 'ethers/abi'
import t from 'tap'
import { createContractReader } from '../../src/chain/contracts/contract-reads.js'
import { decodeAggregate, encodeAggregate } from '../../src/chain/contracts/multicall.js'
import type { JsonRpcClient, RpcCall, RpcOutcome } from '../../src/chain/rpc/json-rpc.js'

const multicall = new Interface([
  'function aggregate3((address target, bool allowFailure, bytes callData)[]) returns ((bool success, bytes returnData)[])'
])
const MULTICALL3 = '0xcA11bde05977b3631167028862bE2a173976CA11'.toLowerCase()
const REGISTRY = `0x${'ab'.repeat(20)}`
/** Each fills a call of Multicall3 by itself. */
const large = (index: number) => ({
  to: REGISTRY, data: `0x${String(index).padStart(8, '0')}`, answerBytes: 60 * 1024, mayBeLong: false
})

/** A chain whose Multicall3 answers in one way, and whose registry returns what it was asked. */
function clientOf (aggregate: (count: number) => RpcOutcome) {
  const asked: string[] = []
  const answer = ({ params: [call] }: RpcCall): RpcOutcome => {
    const { to, data } = call as { to: string, data: string }
    asked.push(to.toLowerCase() === MULTICALL3 ? 'Multicall3' : 'registry')
    if (to.toLowerCase() !== MULTICALL3) return { result: data }
    return aggregate((multicall.decodeFunctionData('aggregate3', data)[0] as unknown[]).length)
  }
  const client: JsonRpcClient = {
    send: async ({ count, callAt }) => Array.from({ length: count }, (_, index) => answer(callAt(index))),
    close () {},
  }
  return { client, asked }
}

t.test('a wrong answer of Multicall3 is asked for without it', async t => {
  const wrong: RpcOutcome[] = [
    { error: { code: -32000, message: 'out of gas' } },
    { result: 7 },
    { result: '0x1234' },
    { result: multicall.encodeFunctionResult('aggregate3', [[]]) },
  ]
  for (const outcome of wrong) {
    const { client, asked } = clientOf(() => outcome)
    const memory = { hasMulticall: null }
    const reader = createContractReader({ client, memory })
    const reads = [{ ...large(1), answerBytes: 100 }, { ...large(2), answerBytes: 100 }]
    t.strictSame(await reader.read(reads), reads.map(({ data }) => data))
    t.strictSame(asked, ['Multicall3', 'registry', 'registry'])
    t.equal(memory.hasMulticall, null, 'the next time it may answer')
  }
})

t.test('calls that wait while the chain turns out to be without Multicall3 do not ask it', async t => {
  const { client, asked } = clientOf(() => ({ result: '0x' }))
  const reader = createContractReader({ client, memory: { hasMulticall: null } })
  const reads = Array.from({ length: 20 }, (_, index) => large(index))
  t.strictSame(await reader.read(reads), reads.map(({ data }) => data))
  t.equal(asked.filter(one => one === 'Multicall3').length, 16)
  t.equal(asked.filter(one => one === 'registry').length, 20)
})

t.test('calldata and answers are as the ABI has them', t => {
  const abi = new Interface([
    'function aggregate3((address target, bool allowFailure, bytes callData)[]) returns ((bool success, bytes returnData)[])'
  ])
  for (const lengths of [[], [4], [4, 36, 68, 0, 32]]) {
    const calls = lengths.map((length, index) => ({
      to: `0x${String(index + 1).repeat(40)}`, data: `0x${'5a'.repeat(length)}`
    }))
    t.equal(
      encodeAggregate(calls), abi.encodeFunctionData('aggregate3', [calls.map(({ to, data }) => [to, true, data])])
    )
    const answer = abi.encodeFunctionResult('aggregate3', [calls.map(({ data }, index) => [index !== 1, data])])
    t.strictSame(decodeAggregate(answer, calls.length), calls.map(({ data }, index) => index === 1 ? null : data))
    const whole = JSON.stringify(decodeAggregate(answer, calls.length))
    for (let length = 2; length < answer.length; length += 2) {
      const cut = decodeAggregate(answer.slice(0, length), calls.length)
      // The padding at the end is no loss.
      if (cut !== null && JSON.stringify(cut) !== whole) t.fail(`${length} of ${answer.length}`)
    }
  }
  t.equal(decodeAggregate('0x', 0), null)
  t.end()
})
