import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createLargeBodies } from '../../src/bodies/large-bodies.js'
import { fromPieces, toPieces } from '../../src/bodies/pieces.js'
import { readLargeBody } from '../../src/bodies/read-large-body.js'
import { createEnclaveKey } from '../../src/enclave/enclave-key.js'
import { createClientChannel } from '../fixtures/client-channel.js'
import { numberedGenerator, setup } from '../fixtures/configuration.js'
import { build } from '../helper.js'

/** Past this a body is read in a thread. */
const LARGE_BYTES = 256 * 1024

async function open (t: Test, variables: NodeJS.ProcessEnv = {}) {
  const service = await build(t, { variables })
  await service.generateApiKey()
  const channel = createClientChannel(Buffer.concat([Buffer.of(4), service.app.enclaveKey.publicKey]))
  const post = async (url: string, text: string | Buffer) => {
    const {
      statusCode, statusMessage, headers: { date, ...headers }, body
    } = await service.app.inject({
      method: 'POST',
      url: `/api/${url}`,
      payload: text,
      headers: { 'api-key': service.apiKey(), 'content-type': 'application/json' },
    })
    return { statusCode, statusMessage, headers, body }
  }
  return { service, channel, post }
}

/** The same JSON text, with so many blanks before its end that it is read in a thread. */
function padded (text: string): string {
  return `${text.slice(0, -1)}${' '.repeat(LARGE_BYTES)}${text.slice(-1)}`
}

const { generator_config: [generator], runtime_config: runtime } = setup
const withGenerator = (fields: object): string =>
  JSON.stringify({ ...setup, generator_config: [{ ...generator, ...fields }] })
const nested = `{"a":${'['.repeat(40)}${']'.repeat(40)}}`
const BODIES: Record<string, string> = {
  empty: '{}',
  'a list': '[]',
  'null in an optional field': JSON.stringify({ ...setup, runtime_config: { ...runtime, ivs_url: null } }),
  'a wrong address': withGenerator({ address: '0x1' }),
  'a field too many': withGenerator({ staked_amount: 1 }),
  'no generators': JSON.stringify({ ...setup, generator_config: [] }),
  'a market twice': withGenerator({ supported_markets: ['1', '1'] }),
  'one market in two letter cases': withGenerator({
    supported_markets: [`0x${'a'.repeat(64)}`, `0x${'A'.repeat(64)}`],
  }),
  'a wrong market port': JSON.stringify({ ...setup, runtime_config: { ...runtime, markets: { 1: '70000' } } }),
  'a generator twice': JSON.stringify({ ...setup, generator_config: [generator, generator] }),
  'no runtime config': JSON.stringify({ generator_config: [generator] }),
  'not JSON': '{"generator_config":}',
  'a key twice': '{"a":1,"a":2}',
  'a __proto__': '{"__proto__":{"a":1}}',
  'an escaped __proto__': '{"\\u005f_proto__":{"a":1}}',
  constructor: '{"constructor":{"prototype":{}}}',
  'too many levels': nested,
  'too many keys': `{${Array.from({ length: 33_000 }, (_, index) => `"${index}":0`).join()}}`,
  'a byte array in place of the body': '{"request":[1,2,256]}',
  'an encrypted body of the wrong lengths': '{"request":[1],"response_key":[2],"signature":[3]}',
}

/** These are refused or taken by rules that come after the decryption. A thread for each takes time, so there are few. */
const ENCRYPTED = ['null in an optional field', 'a wrong address', 'a key twice', 'too many keys', 'a list']

t.test('a large body has the answer of a small one', async t => {
  const { channel, post } = await open(t)
  for (const [name, text] of Object.entries(BODIES)) {
    const answer = await post('generatorConfigSetup', text)
    t.equal(answer.statusCode, name === 'null in an optional field' ? 200 : 400, name)
    t.same(await post('generatorConfigSetup', padded(text)), answer, name)
  }
  for (const name of ENCRYPTED) {
    const small = await post('generatorConfigSetupEncrypted', JSON.stringify(channel.sealText(BODIES[name]!)))
    const large = await post('generatorConfigSetupEncrypted', JSON.stringify(channel.sealText(padded(BODIES[name]!))))
    if (small.statusCode !== 200) t.same(large, small, `${name}, encrypted`)
    else {
      t.same(
        [large.statusCode, channel.open(JSON.parse(large.body).data)],
        [200, channel.open(JSON.parse(small.body).data)],
        `${name}, encrypted`
      )
    }
  }
  const notUtf8 = Buffer.from('{"a":"\xff"}', 'latin1')
  t.same(
    await post('generatorConfigSetup', Buffer.concat([notUtf8, Buffer.alloc(LARGE_BYTES, ' ')])),
    await post('generatorConfigSetup', notUtf8),
    'not UTF-8'
  )
})

t.test('a large plain body may have no private key with REQUIRE_ENCRYPTION', async t => {
  const { channel, post } = await open(t, { REQUIRE_ENCRYPTION: 'true' })
  const text = JSON.stringify(setup)
  const answer = await post('generatorConfigSetup', text)
  t.equal(answer.statusCode, 403)
  t.same(await post('generatorConfigSetup', padded(text)), answer)
  t.equal((await post('generatorConfigSetupEncrypted', JSON.stringify(channel.sealText(padded(text))))).statusCode, 200)
})

t.test('what is wrong with the encryption is told as for a small body', async t => {
  const { channel, post } = await open(t)
  const [small, large] = [JSON.stringify(setup), padded(JSON.stringify(setup))].map(text => channel.sealText(text))
  const stranger = createClientChannel(
    Buffer.concat([Buffer.of(4), createEnclaveKey({ secret: Buffer.alloc(32, 5) }).publicKey])
  )
  const [smallForeign, largeForeign] = [JSON.stringify(setup), padded(JSON.stringify(setup))].map(text =>
    stranger.sealText(text)
  )
  type Sealed = NonNullable<typeof small>
  const changes: Record<string, (sealed: Sealed, foreign: Sealed) => object> = {
    'no point of the curve': sealed => channel.sign(Uint8Array.from(sealed.request.with(5, sealed.request[5]! ^ 1))),
    'an altered message': sealed => channel.sign(Uint8Array.from(sealed.request.with(200, sealed.request[200]! ^ 1))),
    'another signer': sealed => ({ ...sealed, signature: stranger.sign(Uint8Array.from(sealed.request)).signature }),
    'another enclave': (_sealed, foreign) => foreign,
    'a field too many': sealed => ({ ...sealed, extra: [1] }),
    'a short key': sealed => ({ ...sealed, response_key: sealed.response_key.slice(1) }),
    'no signature': ({ signature, ...sealed }) => sealed,
  }
  for (const [name, change] of Object.entries(changes)) {
    const answer = await post('generatorConfigSetupEncrypted', JSON.stringify(change(small!, smallForeign!)))
    t.equal(answer.statusCode, 400, name)
    t.same(await post('generatorConfigSetupEncrypted', JSON.stringify(change(large!, largeForeign!))), answer, name)
  }
})

t.test('10,000 generators, encrypted and plain, are stored and shown as they were sent', async t => {
  const { service, channel, post } = await open(t)
  const many = {
    ...setup,
    generator_config: Array.from({ length: 10_000 }, (_, number) => ({
      ...numberedGenerator(number), data: `${number} "ü\ud83d\ude00" `.padEnd(200, '.')
    })),
  }
  for (const text of [JSON.stringify(many), JSON.stringify(channel.seal(many))]) {
    t.equal((await post('generatorConfigSetup', text)).statusCode, 200)
    const stored = await readFile(join(service.folder, 'generator_config.json'), 'utf8')
    t.equal(
      stored,
      JSON.stringify(
        {
          generator_config: many.generator_config.map(({ address, ...rest }) => ({
            address, ecies_private_key: service.app.enclaveKey.secretHex, ...rest
          })),
        },
        null,
        2
      )
    )
    const shown = (await service.send('GET', '/api/getGeneratorConfig')).json().data.generator_config
    const keys = {
      generator_public_key: await service.app.enclaveKey.getAddress(),
      generator_ecies_public_key: service.app.enclaveKey.compressedPublicKey,
    }
    t.strictSame(shown, many.generator_config.map(one => ({ ...one, ...keys })))
  }
})

t.test('others are answered while a large body is read', async t => {
  const { service, channel, post } = await open(t)
  const answered: string[] = []
  const note = (name: string) => ({ statusCode }: { statusCode: number }) => { answered.push(`${name} ${statusCode}`) }
  await Promise.all([
    post('generatorConfigSetupEncrypted', JSON.stringify(channel.sealText(padded(JSON.stringify(setup))))).then(
      note('setup')
    ),
    service.app.inject('/health/live').then(note('live')),
  ])
  t.same(answered, ['live 200', 'setup 200'])
})

const rules = {
  encryption: undefined, requireEncryption: false, plainBodyLimit: Infinity, schema: {}
} as unknown as Parameters<ReturnType<typeof createLargeBodies>>[1]

t.test('a thread that ends early fails its body alone', async t => {
  const messageKey = async () => null
  const bytes = (body: unknown) => Buffer.from(JSON.stringify(body)) as Buffer<ArrayBuffer>
  const thread = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`)
  await t.rejects(createLargeBodies({ messageKey, thread: thread('process.exit(0)') })(bytes({}), rules), {
    message: /ended early/,
  })
  await t.rejects(createLargeBodies({ messageKey, thread: thread('throw new Error("broken")') })(bytes({}), rules), {
    message: 'broken',
  })
  const { outcome } = await createLargeBodies({ messageKey })(bytes({ a: [1, null, 'x'] }), rules)
  t.strictSame(outcome, { body: { a: [1, null, 'x'] }, responseKey: null, digest: null })
})

t.test('a fault of the key fails the reading', async t => {
  const { channel } = await open(t)
  const bytes = Buffer.from(JSON.stringify(channel.sealText('{}')))
  const fault = async () => { throw new Error('no key') }
  await t.rejects(readLargeBody(bytes, { ...rules, encryption: 'accepted' }, fault), { message: 'no key' })
})

t.test('pieces make the same object again', async t => {
  const object = {
    list: Array.from({ length: 5000 }, (_, index) => ({ index, text: 'x'.repeat(40) })),
    nested: [[1], [[2]]],
    none: [],
    text: 'a',
    number: 1.5,
    object: { '-1': null },
  }
  const pieces = toPieces(object)
  t.ok(pieces[0]!.texts.length > 3, 'the list is cut')
  t.strictSame(await fromPieces(pieces), object)
})
