import t, { type Test } from 'tap'
import { createJsonRpcClient } from '../../../src/chain/rpc/json-rpc.js'
import { ANSWER_TOO_LONG } from '../../../src/chain/rpc/answer.js'
import { readBody, type RpcRequest, sendJson, serve } from '../servers.js'

const KIB = 1024

/** Answers each call with as many characters as it asks for. Reports to `onSingle` each call that comes alone. */
async function connect (t: Test, onSingle: (length: number) => { isBroken: boolean } | void = () => {}) {
  const exchanges: number[][] = []
  const url = await serve(t, async (request, response) => {
    const body = await readBody(request)
    const calls = [body].flat()
    exchanges.push(calls.map(({ params }) => params[0] as number))
    const answers = calls.map(({ id, params }: RpcRequest) => ({
      jsonrpc: '2.0', id, result: 'x'.repeat(params[0] as number)
    }))
    if (!Array.isArray(body) && onSingle(body.params[0] as number)?.isBroken === true) response.destroy()
    else sendJson(response, Array.isArray(body) ? answers : answers[0])
  })
  const client = createJsonRpcClient({ field: 'http_url', url, network: 'any', timeoutMs: 5000 })
  t.teardown(() => client.close())
  const ask = async (lengths: number[], mayBeLong: boolean) => await client.send({
    count: lengths.length, callAt: index => ({ method: 'echo', params: [lengths[index]], mayBeLong }),
  })
  return { ask, exchanges }
}

t.test('a long answer among short ones is asked for by itself, the others together', async t => {
  const { ask, exchanges } = await connect(t)
  const lengths = [1, 2, 3, 500 * KIB, 5, 6, 7, 8]
  t.strictSame(await ask(lengths, true), lengths.map(length => ({ result: 'x'.repeat(length) })))
  t.strictSame(exchanges.map(({ length }) => length).sort((a, b) => a - b), [1, 1, 1, 2, 2, 4, 4, 8])
  exchanges.length = 0
  await ask([1, 2, 3], true)
  t.strictSame(exchanges, [[1, 2, 3]], 'the provider counts as one that takes batches')
})

t.test('an answer above 512 KiB is an outcome of its call alone', async t => {
  const { ask } = await connect(t)
  t.strictSame(await ask([1, 600 * KIB, 3], true), [{ result: 'x' }, ANSWER_TOO_LONG, { result: 'xxx' }])
})

t.test('a long answer to a call that cannot have one is a fault of the endpoint', async t => {
  const { ask, exchanges } = await connect(t)
  await t.rejects(ask([1, 600 * KIB, 3], false), { message: 'answered with far more data than was asked for' })
  t.equal(exchanges.length, 1)
})

t.test('a connection that breaks while a long answer is read', async t => {
  let singles = 0
  const { ask } = await connect(t, length => ({ isBroken: length > KIB && ++singles > 1 }))
  await t.rejects(ask([1, 400 * KIB], true), { message: 'could not be reached (ECONNRESET)' })
})
