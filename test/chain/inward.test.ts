import dns from 'node:dns'
import net, { type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { hostname } from 'node:os'
import t, { type Test } from 'tap'
import { createHttpEndpoint } from '../../src/chain/rpc/http-exchange.js'
import { RpcUrlForbidden } from '../../src/chain/network.js'
import { createPreflight } from '../../src/chain/preflight.js'
import { ENCLAVE_PUBLIC_KEY, runtimeConfig } from './configuration.js'

const preflight = createPreflight({
  network: 'public', timeoutMs: 3000, skipVerification: false, enclavePublicKey: () => ENCLAVE_PUBLIC_KEY,
})

/** A listener on every address of this machine that counts who comes. */
async function listenEverywhere (t: Test): Promise<{ port: number, connections: () => number }> {
  let connections = 0
  const server = net.createServer(socket => {
    connections++
    socket.on('error', () => {}).destroy()
  })
  server.listen(0)
  await once(server, 'listening')
  t.teardown(() => server.close())
  return { port: (server.address() as AddressInfo).port, connections: () => connections }
}

const INWARD_HOSTS = [
  '127.0.0.1', '127.1', '2130706433', '0x7f000001', '0.0.0.0', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]',
  '[64:ff9b::7f00:1]', '10.0.0.1', '169.254.169.254', '[::ffff:10.0.0.1]', '[::ffff:169.254.169.254]', '[fd00::1]',
  '[fe80::1]', 'localhost', 'LOCALHOST',
]

t.test('under RPC_NETWORK=public nothing inside is reached, by address or by name', async t => {
  const { port, connections } = await listenEverywhere(t)
  for (const host of INWARD_HOSTS) {
    const runtime = runtimeConfig(`https://${host}:${port}/secret-canary`, { ws_url: 'wss://rpc.example.org' })
    t.strictSame((await preflight.checkRuntime(runtime))[0], {
      name: 'rpc',
      result: 'fail',
      finding: null,
      code: 'INVALID_REQUEST',
      message: 'http_url must point to a public address while RPC_NETWORK is public',
      remedy: 'Use an https:// and wss:// URL of a public provider; RPC_NETWORK=any allows local chains.',
    }, host)
  }
  t.equal(connections(), 0)
  t.comment(`${INWARD_HOSTS.length} hosts tried, ${connections()} reached`)
})

t.test('neither without TLS nor with a user name', async t => {
  for (const url of ['http://rpc.example.org', 'https://user:secret@rpc.example.org']) {
    const [rpc] = await preflight.checkRuntime(runtimeConfig(url, { ws_url: 'wss://rpc.example.org' }))
    t.match(rpc, { result: 'fail', code: 'INVALID_REQUEST', message: /^http_url must/ })
  }
})

t.test('ws_url, which the generator connects to, is held to the same form', async t => {
  for (const url of ['ws://rpc.example.org', 'wss://127.0.0.1:8545', 'wss://user:secret@rpc.example.org']) {
    const [rpc] = await preflight.checkRuntime(runtimeConfig('https://127.0.0.1', { ws_url: url }))
    t.match(rpc, { result: 'fail', code: 'INVALID_REQUEST', message: /^ws_url must/ })
  }
  const { address } = await dns.promises.lookup(hostname())
  const [rpc] = await preflight.checkRuntime(runtimeConfig('https://rpc.example.org', {
    ws_url: `wss://${hostname()}`
  }))
  t.match(
    rpc,
    { code: 'INVALID_REQUEST', message: 'ws_url must point to a public address while RPC_NETWORK is public' },
    `a name of ${address}`
  )
})

t.test('a public name that resolves inward is refused when the connection is made', async t => {
  const { port, connections } = await listenEverywhere(t)
  const resolve = ((_name, _options, callback: (error: null, addresses: dns.LookupAddress[]) => void) => callback(
    null, [{ address: '127.0.0.1', family: 4 }]
  )) as typeof dns.lookup
  const endpoint = createHttpEndpoint({
    field: 'http_url', url: `https://rpc.example:${port}`, network: 'public', timeoutMs: 2000, resolve
  })
  t.teardown(endpoint.close)
  await t.rejects(
    endpoint.exchange({ body: '{}', limitBytes: 100 }),
    new RpcUrlForbidden('http_url must point to a public address while RPC_NETWORK is public')
  )
  t.equal(connections(), 0)
})
