import { hash } from 'node:crypto'
import t from 'tap'
import { createRedactor } from '../../src/redaction/redactor.js'
import { randomSecrets } from './secrets.js'
import { randomBytes } from '../random.js'

const R = '[redacted]'

function redactorFor (configuration: ReturnType<typeof randomSecrets>['configuration']) {
  const redactor = createRedactor()
  redactor.learn(configuration)
  return redactor
}

t.test('keys in every form that programs print', async t => {
  const { enclaveKey, gasKey, configuration } = randomSecrets(randomBytes)
  const { redact } = redactorFor(configuration)
  for (const key of [enclaveKey, gasKey]) {
    const bytes = Buffer.from(key, 'hex')
    t.equal(redact(`"private_key": "${key}",`), `"private_key": "${R}",`)
    t.equal(redact(`0x${key} 0X${key.toUpperCase()}`), `${R} ${R}`)
    t.equal(redact(`${key}${key}`), R + R)
    t.equal(redact(`[${[...bytes].join(', ')}] ${[...bytes].join()}`), `[${R}] ${R}`)
    t.equal(redact(`= ${BigInt(`0x${key}`)}`), `= ${R}`)
    t.match(redact(`${bytes.toString('base64')} ${bytes.toString('base64url')}`), /^\[redacted\].=? \[redacted\].$/)
  }
})

t.test('a number is printed without the zeros that a key begins with', async t => {
  const key = `0000${'9c'.repeat(30)}`
  const { redact } = redactorFor(randomSecrets(randomBytes, { private_key: key }).configuration)
  t.equal(redact(`0x${'9c'.repeat(30)}`), R)
  t.equal(redact(`0x${key}`), R)
})

t.test('RPC URLs show their host alone', async t => {
  const { path, query, configuration } = randomSecrets(randomBytes)
  const { redact } = redactorFor(configuration)
  const { http_url: url } = configuration.runtime
  const cases: [string, string][] = [
    [url, `https://rpc.example/${R}`],
    [url.toUpperCase(), `HTTPS://RPC.EXAMPLE/${R}`],
    [`"ws_url": "wss://rpc.example:443/v2/${path}?key=${query}",`, `"ws_url": "wss://rpc.example:443/${R}",`],
    [`https:\\/\\/rpc.example\\/v2\\/${path}?key=${query}`, `https:\\/\\/rpc.example\\/${R}`],
    [encodeURIComponent(url), `https%3A%2F%2Frpc.example%2F${R}`],
    [`host: rpc.example, path: /v2/${path}?key=${query}`, `host: rpc.example, path: /${R}`],
    [`segment ${path}, value ${query}.`, `segment ${R}, value ${R}.`],
    ['connected to rpc.example over /v2', 'connected to rpc.example over /v2'],
  ]
  for (const [text, expected] of cases) t.equal(redact(text), expected)
})

t.test('URLs of other forms', async t => {
  const cases: [Parameters<typeof randomSecrets>[1], string, string][] = [
    [
      { http_url: 'http://user-name:pass-word@10.0.0.1:8545/' },
      'user-name pass-word 10.0.0.1:8545',
      `${R} ${R} 10.0.0.1:8545`,
    ],
    [
      { http_url: 'http://10.0.0.1:8545/short' },
      'http://10.0.0.1:8545/short /short',
      `http://10.0.0.1:8545/${R} /short`,
    ],
    [
      { http_url: 'ws://a.example/a%20long%2Fkey' },
      'a long/key; a%20long%2Fkey; ws://a.example:80/a%20long%2Fkey; a.example%3A80%2Fa%2520long%252Fkey',
      `${R}; ${R}; ws://a.example:80/${R}; a.example%3A80%2F${R}`,
    ],
    [{ http_url: 'https://a.example/broken%key' }, 'broken%key, broken%25key', `${R}, ${R}`],
    [{ http_url: 'https://a.example/?key=0123456789' }, 'https://a.example/?key=0123456789', `https://a.example/${R}`],
    [{ http_url: 'https://a.example' }, 'https://a.example', 'https://a.example'],
    [
      { ws_url: 'wss:://host/secret-key-of-a-typo' },
      'wss:://host/secret-key-of-a-typo; secret-key-of-a-typo',
      `${R}; ${R}`,
    ],
    [
      { ivs_url: 'http://user-name:pass-word@ivs.example/checkInput?token=tell-nobody' },
      'ivs.example/checkInput tell-nobody user-name',
      `ivs.example/checkInput ${R} ${R}`,
    ],
    [
      { markets: { 1: { port: '1', ivs_url: 'http://ivs.example/check#fragment-key' } } },
      'fragment-key at ivs.example/check',
      `${R} at ivs.example/check`,
    ],
    [
      { markets: { 1: { prover_gateway_url: 'http://a.example/?key=0123456789' } } },
      'key=0123456789 at a.example',
      `${R} at a.example`,
    ],
    [
      { ivs_url: 'http://u:tiny@ivs.example/check' },
      'http://u:tiny@ivs.example/check, u%3Atiny%40ivs.example',
      `http://${R}/check, ${R}`,
    ],
    [{ http_url: 'https://a.example/?a=one&b=two' }, 'https://a.example/?a=one\\u0026b=two', `https://a.example/${R}`],
    [{ ws_url: 'key"in"<quotes>' }, JSON.stringify({ ws_url: 'key"in"<quotes>' }), `{"ws_url":"${R}"}`],
    [
      { ws_url: 'wss://a.example/x?k=ключ' },
      '"wss://a.example/x?k=\\u043a\\u043b\\u044e\\u0447"',
      `"wss://a.example/${R}"`,
    ],
    [{ ivs_url: 'no URL at all' }, 'no URL at all', 'no URL at all'],
  ]
  for (const [changes, text, expected] of cases) {
    t.equal(
      redactorFor(randomSecrets(randomBytes, changes).configuration).redact(text), expected
    )
  }
})

t.test('secrets that overlap are taken out whole', async t => {
  const { redact } = redactorFor(
    randomSecrets(randomBytes, {
      http_url: 'https://a.example/0123456789', ws_url: 'wss://a.example/56789abcdefg'
    }).configuration
  )
  t.equal(redact('<0123456789abcdefg>'), `<${R}>`)
})

t.test('the API key is known by its digest, in either letter case, at both ends of a longer run', async t => {
  const redactor = createRedactor()
  const [key, older, other] = [
    randomBytes(32), randomBytes(32), randomBytes(32)
  ].map(bytes => bytes.toString('hex')) as [string, string, string]
  for (const known of [key, older]) redactor.learnDigest(hash('sha256', known))
  t.equal(redactor.redact(`api-key: ${key}; ${older.toUpperCase()}; ${other}`), `api-key: ${R}; ${R}; ${other}`)
  t.equal(
    redactor.redact(`0x${key} ${key}${other}${'0'.repeat(64)} ${other}${key}`),
    `0x${R} ${R}${other}${'0'.repeat(64)} ${other}${R}`
  )
  t.equal(redactor.redact(other.slice(1)), other.slice(1))
})

t.test('the secrets of the last 16 configurations are known, and keys for good', async t => {
  const redactor = createRedactor()
  redactor.learnKey('ab'.repeat(32))
  const all = Array.from({ length: 17 }, () => randomSecrets(randomBytes))
  for (const [index, { configuration }] of all.entries()) {
    redactor.learn(configuration)
    // The service reads a file in this way, again and again.
    redactor.learn(structuredClone(configuration))
    for (const { gasKey, query } of all.slice(Math.max(0, index - 15), index + 1)) {
      t.equal(
        redactor.redact(`${gasKey} ${query}`), `${R} ${R}`
      )
    }
  }
  t.equal(redactor.redact(all[0]!.gasKey), all[0]!.gasKey, 'the oldest is forgotten')
  redactor.learn(all[1]!.configuration)
  redactor.learn(randomSecrets(randomBytes).configuration)
  t.equal(redactor.redact(all[1]!.gasKey), R, 'one that has come back counts as new')
  t.equal(redactor.redact('AB'.repeat(32)), R)
})

t.test('refresh reads the configuration in force, and passes over one that cannot be read', async t => {
  const redactor = createRedactor()
  const { gasKey, configuration } = randomSecrets(randomBytes)
  await redactor.refresh()
  redactor.watch(async () => redactor.learn(configuration))
  await redactor.refresh()
  t.equal(redactor.redact(gasKey), R)
  redactor.watch(async () => { throw new Error('damaged') })
  await redactor.refresh()
})

t.test('config files that are damaged, or were edited in place, keep their secrets', async t => {
  const { enclaveKey, gasKey, path, query, configuration } = randomSecrets(randomBytes)
  const bare = randomBytes(12).toString('hex')
  const texts = [
    `{ "generator_config": [{ "ecies_private_key": "${enclaveKey.slice(0, 30)}\u0001${enclaveKey.slice(31)}",`,
    JSON.stringify({ runtime_config: { ...configuration.runtime, ivs_url: '' } }, null, 2).replaceAll('/', '\\/'),
    `{ private_key: 0x${'9c'.repeat(32)}, http_url: https://bare.example/${bare}, market: ${'0'.repeat(64)} }`,
    '{ "private_key": null }',
  ]
  const redactor = createRedactor()
  redactor.learnDamaged(texts)
  t.equal(redactor.redact(texts[0]!), `{ "generator_config": [{ "ecies_private_key": "${R}\u0001${R}",`)
  t.equal(redactor.redact(`0x${gasKey} ${Buffer.from(gasKey, 'hex').join()} ${path} ${query}`), [R, R, R, R].join(' '))
  t.equal(
    redactor.redact(texts[1]!.replace(/[^]*?"http_url/, '"http_url').split('\n')[0]!),
    `"http_url": "https:\\/\\/rpc.example\\/${R}",`
  )
  t.equal(
    redactor.redact(texts[2]!), `{ private_key: ${R}, http_url: https://bare.example/${R}, market: ${'0'.repeat(64)} }`
  )
  t.equal(redactor.redact(configuration.runtime.staking_token), configuration.runtime.staking_token)
})

t.test('the unfinished end of a log shows no beginning of a secret', async t => {
  const { gasKey, path, configuration } = randomSecrets(randomBytes)
  const redactor = redactorFor(configuration)
  const api = randomBytes(32).toString('hex')
  redactor.learnDigest(hash('sha256', api))
  // The prefix is no `key=`. A secret of the URLs begins with that, and one draw in sixteen continues with the gas
  // key's first digit.
  for (let length = 1; length < gasKey.length; length++) {
    const cut = gasKey.slice(0, length)
    t.equal(redactor.redactTail(['first', `gas ${cut}`], true)[1], length < 4 ? `gas ${cut}` : 'gas ')
    t.equal(redactor.redactTail([`gas ${cut}`, 'last'], true)[0], `gas ${cut}`, 'a whole line is left as it is')
    t.equal(redactor.redactTail([`gas ${cut}`], false)[0], `gas ${cut}`)
  }
  t.equal(redactor.redactTail(['https://rpc.example'], true)[0], 'https://rpc.example')
  t.equal(redactor.redactTail([`https://rpc.example/v2/${path.slice(0, 4)}`], true)[0], 'https://rpc.example/')
  t.equal(redactor.redactTail([`key=${api.slice(0, 40)}`], true)[0], 'key=')
  t.equal(redactor.redactTail(['no secret'], true)[0], 'no secret')
})
