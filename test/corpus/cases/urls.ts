import { type Case, INVALID, raw, shown } from '../case.js'

function updateRuntime (field: string, url: string): Buffer {
  return raw({ method: 'PUT', path: '/api/updateRuntimeConfig', body: JSON.stringify({ [field]: url }) })
}

/** Spellings of addresses that only this machine, or its network, has. */
const INWARD = [
  '127.0.0.1', '127.1', '127.0.1', '127.255.255.254', '2130706433', '017700000001', '0x7f000001', '0x7f.1',
  '0177.0.0.1', '127.0.0.1.', '0', '0.0.0.0', '0x0', '%31%32%37.0.0.1', '\uff11\uff12\uff17.0.0.1',
  '\u2460\u2461\u2466.0.0.1', '127\u30020\u30020\u30021', '10.0.0.1', '10.255.255.255', '167772161', '172.16.0.1',
  '172.31.255.255', '192.168.0.1', '0xc0a80001', '169.254.169.254', '2852039166', '100.64.0.1', '100.127.255.255',
  '192.0.0.8', '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255',
  '240.0.0.1', '255.255.255.255', '[::1]', '[0:0:0:0:0:0:0:1]', '[0000:0000:0000:0000:0000:0000:0000:0001]', '[::]',
  '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]', '[::127.0.0.1]', '[64:ff9b::127.0.0.1]',
  '[64:ff9b:1::1]', '[fe80::1]', '[fec0::1]', '[fc00::1]', '[fd00:ec2::254]', '[ff02::1]', '[2002:7f00:1::]',
  '[2001::1]', '[2001:db8::1]', '[100::1]', '[3fff::1]', 'localhost', 'LOCALHOST', 'localhost.',
]

const inward: Case[] = INWARD.flatMap((host): Case[] => [
  { name: `http_url to ${shown(host)}`, bytes: updateRuntime('http_url', `https://${host}/`), answers: INVALID },
  { name: `ws_url to ${shown(host)}`, bytes: updateRuntime('ws_url', `wss://${host}:8545/`), answers: INVALID },
])

const userinfo: Case[] = [
  'user@rpc.example', 'user:password@rpc.example', ':password@rpc.example', 'rpc.example@127.0.0.1',
  'rpc.example%40x@127.0.0.1', '127.0.0.1%23@rpc.example', 'user@[::1]',
].map(authority => (
  {
    name: `http_url with userinfo ${authority}`,
    bytes: updateRuntime('http_url', `https://${authority}/`),
    answers: INVALID,
  }))

const plain: Case[] = ([
  ['http_url', 'http://rpc.example/'],
  ['ws_url', 'ws://rpc.example/'],
  ['http_url', 'http://127.0.0.1:9001/RPC2'],
  ['ws_url', 'ws://localhost/'],
] as const).map(([field, url]) => (
  { name: `${field} without TLS: ${url}`, bytes: updateRuntime(field, url), answers: INVALID }))

const WRONG = [
  '',
  ' ',
  'rpc.example',
  '//rpc.example',
  'https://',
  'https:///',
  'https://:443',
  'https://rpc.example:99999',
  'https://rpc.example:x',
  'https://[::1',
  'https://[::g]',
  'https://256.256.256.256',
  'https://1.2.3.4.5',
  'https://a b/',
  'https://a<b/',
  'https://%00/',
  'ftp://rpc.example',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'data:text/plain,x',
  'gopher://127.0.0.1',
  'unix:///run/supervisor.sock',
  'blob:https://rpc.example/x',
  'https',
  'https:',
  'about:blank',
  `https://rpc.example/${'a'.repeat(2048)}`,
  'https://\ud800/',
  'https://rpc.example/\ud800',
  'https://xn--/',
  'https://\u00ad/',
  'https://0x100000000/',
]
/** Tells whether the field may have the text. ws_url may be no URL, and ivs_url may be empty. */
function isAllowed (field: string, url: string): boolean {
  if (field === 'ivs_url') return url === ''
  return field === 'ws_url' && !URL.canParse(url) && url.isWellFormed() && !url.includes(' ')
}

const wrong: Case[] = [
  'http_url', 'ws_url', 'ivs_url'
].flatMap(field => WRONG.map(url => field === 'ws_url'
  ? url.replace(
    /^https/, 'wss'
  )
  : url).filter(url => !isAllowed(field, url)).map(url => (
  { name: `${field} "${shown(url.slice(0, 50))}"`, bytes: updateRuntime(field, url), answers: INVALID })))

export const urls: Case[] = [...inward, ...userinfo, ...plain, ...wrong]
