import type dns from 'node:dns'
import type { LookupAddress } from 'node:dns'
import t from 'tap'
import {
  assertResolvesToPublic, assertRpcUrl, isPublicAddress, publicLookup, type RpcNetwork, RpcUrlForbidden
} from '../../src/chain/network.js'

const NOT_PUBLIC = new RpcUrlForbidden('http_url must point to a public address while RPC_NETWORK is public')

const PRIVATE_ADDRESSES = [
  '0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.255', '169.254.169.254', '172.16.0.1',
  '172.31.255.255', '192.0.0.8', '192.0.2.1', '192.168.1.1', '192.88.99.1', '198.18.0.1', '198.51.100.7', '203.0.113.9',
  '224.0.0.1', '240.0.0.1', '255.255.255.255', '::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:7f00:1',
  '::ffff:10.0.0.1', '::ffff:169.254.169.254', '::ffff:8.8.8.8', '::ffff:0:127.0.0.1', '64:ff9b::7f00:1',
  '64:ff9b:1::a00:1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '2002:a00:1::', '3fff::1', '2620:4f:8000::1',
  '5f00::1', 'fc00::1', 'fd12::1', 'fe80::1', 'fec0::1', 'ff02::1', 'fe80::1%lo', 'not an address', '',
]
const PUBLIC_ADDRESSES = [
  '1.1.1.1', '8.8.8.8', '11.0.0.1', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.167.1.1',
  '223.255.255.255', '2606:4700::1111', '2001:4860:4860::8888', '2a00::1', '2003::1',
]

t.test('public addresses', async t => {
  for (const address of PRIVATE_ADDRESSES) t.equal(isPublicAddress(address), false, address)
  for (const address of PUBLIC_ADDRESSES) t.equal(isPublicAddress(address), true, address)
})

const REFUSED_URLS: Array<[string, RegExp]> = [
  ['http://rpc.example.org', /must be an? (https|wss):\/\/ URL/],
  ['ws://rpc.example.org', /must be an? (https|wss):\/\/ URL/],
  ['https://user:secret@rpc.example.org', /must not carry a user name or password/],
  ['https://user@rpc.example.org', /must not carry a user name or password/],
  ...[
    'https://127.0.0.1', 'https://127.1:9001/', 'https://2130706433', 'https://0x7f.1', 'https://0177.0.0.1',
    'https://127.0.0.1.', 'https://１２７.0.0.1', 'https://0/', 'wss://10.0.0.1', 'https://169.254.169.254/latest',
    'https://[::1]:1300', 'https://[::ffff:127.0.0.1]', 'https://[::ffff:a9fe:a9fe]', 'https://[64:ff9b::7f00:1]',
    'https://[fd00::1]', 'https://[fe80::1]',
  ].map((url): [string, RegExp] => [url, /must point to a public address/]),
]

t.test('URLs that are refused by themselves', async t => {
  for (const [url, message] of REFUSED_URLS) {
    t.throws(() => assertRpcUrl({ field: 'http_url', url, network: 'public' }), message, url)
  }
})

t.test('the message names the field and repeats nothing of the URL', async t => {
  t.throws(() => assertRpcUrl({ field: 'ws_url', url: 'wss://10.0.0.1/api-key', network: 'public' }),
    new RpcUrlForbidden('ws_url must point to a public address while RPC_NETWORK is public'))
})

t.test('URLs that pass', async t => {
  const urls = [
    'https://rpc.example.org/key', 'wss://rpc.example.org', 'https://8.8.8.8:8443', 'https://[2606:4700::1111]',
    'https://localhost.example',
  ]
  for (const url of urls) t.doesNotThrow(() => assertRpcUrl({ field: 'http_url', url, network: 'public' }), url)
})

t.test('any lifts the rules on address and TLS, not that on userinfo', async t => {
  for (const url of ['http://127.0.0.1:8545', 'ws://[::1]:8545', 'https://10.0.0.1']) {
    t.doesNotThrow(() => assertRpcUrl({ field: 'http_url', url, network: 'any' }), url)
  }
  t.throws(
    () => assertRpcUrl({ field: 'http_url', url: 'http://user:secret@127.0.0.1', network: 'any' }),
    /user name or password/
  )
})

/** A resolver that answers with fixed addresses: no name that this machine resolves has a public one. */
function resolverOf (...addresses: string[]): typeof dns.lookup {
  const found = addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
  const resolve = (_name: string, _options: unknown, callback: (error: null, found: LookupAddress[]) => void) =>
    callback(null, found)
  return resolve as unknown as typeof dns.lookup
}

function lookUp (name: string, { all, resolver }: { all: boolean, resolver?: typeof dns.lookup }): Promise<unknown> {
  const lookup = publicLookup({ field: 'http_url', ...(resolver === undefined ? {} : { resolve: resolver }) })
  return new Promise((resolve, reject) => {
    lookup(name, { all }, (error, address, family) => error === null ? resolve({ address, family }) : reject(error))
  })
}

t.test('names are looked up, and only public addresses come out', async t => {
  const mixed = resolverOf('127.0.0.1', '8.8.8.8', '::1', '2606:4700::1111')
  t.strictSame(await lookUp('rpc.example.org', { all: true, resolver: mixed }), {
    address: [{ address: '8.8.8.8', family: 4 }, { address: '2606:4700::1111', family: 6 }], family: undefined,
  })
  t.strictSame(await lookUp('rpc.example.org', { all: false, resolver: mixed }), { address: '8.8.8.8', family: 4 })
})

t.test('names of private addresses', async t => {
  await t.rejects(lookUp('localhost', { all: true }), NOT_PUBLIC)
  await t.rejects(lookUp('localhost', { all: false }), NOT_PUBLIC)
  await t.rejects(
    lookUp('rpc.example.org', { all: true, resolver: resolverOf('::ffff:127.0.0.1', '10.0.0.1') }), NOT_PUBLIC
  )
})

const notFound = ((_name: string, _options: unknown, callback: (error: Error) => void) => {
  callback(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }))
}) as unknown as typeof dns.lookup

t.test('a name that does not resolve', async t => {
  await t.rejects(lookUp('missing.example.org', { all: true, resolver: notFound }), { code: 'ENOTFOUND' })
})

t.test('a URL for another program: none of its addresses may be inside', async t => {
  const check = async (host: string, resolve?: typeof dns.lookup, network: RpcNetwork = 'public') =>
    await assertResolvesToPublic({
      field: 'ws_url', url: `wss://${host}`, network, ...resolve !== undefined && { resolve }
    })
  await t.resolves(check('rpc.example.org', resolverOf('8.8.8.8', '2606:4700::1111')))
  await t.rejects(check('rpc.example.org', resolverOf('8.8.8.8', '127.0.0.1')),
    new RpcUrlForbidden('ws_url must point to a public address while RPC_NETWORK is public'))
  await t.resolves(check('rpc.example.org', resolverOf('127.0.0.1'), 'any'))
  await t.resolves(check('rpc.example.org', notFound), 'a name that is not found')
  await t.resolves(check('[2606:4700::1111]'))
  await t.rejects(
    check('localhost'), { message: /^ws_url must point to a public address/ }, "by this machine's resolver"
  )
})
