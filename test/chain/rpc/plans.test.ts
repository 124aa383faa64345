import t from 'tap'
import { createJsonRpcClient } from '../../../src/chain/rpc/json-rpc.js'
import { createRpcProviders } from '../../../src/chain/rpc/providers.js'
import { BURST_OF_26, SIX_A_SECOND, startPlan } from '../plan.js'
import { serveRpc } from '../servers.js'

const OPERATION_TIMEOUT_MS = 8000
const echo = (id: number) => ({ method: 'echo', params: [id] })
const echoes = (count: number) => Array.from({ length: count }, (_, result) => ({ result }))

/** A preflight calls in this way: three calls first, then the rest at once. */
for (const [name, plan, count] of [
  ['6 calls a second', SIX_A_SECOND, 20], ['26 calls a burst', BURST_OF_26, 80]
] as const) {
  for (const refuses of ['batch', 'entries'] as const) {
    const refused = refuses === 'batch' ? 'whole batches' : 'entries of a batch'
    t.test(`${count} calls pass a plan of ${name} that refuses ${refused}`, async t => {
      const { url, close, counts } = await startPlan({
        target: await serveRpc(t, ({ params: [result] }) => ({ result })), ...plan, refuses
      })
      t.teardown(close)
      let limits = 0
      const client = createJsonRpcClient({
        field: 'http_url',
        url,
        network: 'any',
        timeoutMs: 2000,
        operationTimeoutMs: OPERATION_TIMEOUT_MS,
        onLimit: () => {
          limits += 1
        },
      })
      t.teardown(client.close)
      const begun = performance.now()
      t.strictSame(await client.send({ count: 3, callAt: echo }), echoes(3))
      t.strictSame(await client.send({ count, callAt: echo }), echoes(count))
      t.comment(
        `${((performance.now() - begun) / 1000).toFixed(1)} s, ${limits} refusals, ${counts().limited} calls refused`
      )
      t.equal(counts().passed, count + 3, 'what has passed is not asked for again')
      t.ok(limits > 0)
    })
  }
}

t.test('a plan that is too small ends in time, with words that say so', async t => {
  const { url, close } = await startPlan({
    target: await serveRpc(t, ({ params: [result] }) => ({ result })), burst: 1, perSecond: 1, refuses: 'batch'
  })
  t.teardown(close)
  const client = createJsonRpcClient({
    field: 'http_url', url, network: 'any', timeoutMs: 500, operationTimeoutMs: 1500
  })
  t.teardown(client.close)
  await t.rejects(
    client.send({ count: 20, callAt: echo }),
    new Error('did not let all calls through in time: the provider limits this plan')
  )
})

t.test('all clients of a host share its pace, and a caller goes before what is in the background', async t => {
  const { url, close } = await startPlan({
    target: await serveRpc(t, ({ params: [result] }) => ({ result })), ...SIX_A_SECOND, refuses: 'batch'
  })
  t.teardown(close)
  const providers = createRpcProviders()
  const connect = (background: boolean) => {
    const client = createJsonRpcClient({
      field: 'http_url',
      url: `${url}/v2/${background}`,
      network: 'any',
      timeoutMs: 2000,
      operationTimeoutMs: OPERATION_TIMEOUT_MS,
      providers,
      background,
    })
    t.teardown(client.close)
    return client
  }
  const ended: string[] = []
  const background = connect(true).send({ count: 14, callAt: echo }).then(() => ended.push('background'))
  const caller = connect(false).send({ count: 8, callAt: echo }).then(() => ended.push('caller'))
  await Promise.all([background, caller])
  t.strictSame(ended, ['caller', 'background'])
})
