import { readFile } from 'node:fs/promises'
import { decrypt as eciesDecrypt, encrypt as eciesEncrypt } from 'eciesjs'
import { AbiCoder, hashMessage, keccak256, SigningKey } from 'ethers'
import t from 'tap'
import { decrypt, encrypt } from '../../src/enclave/ecies.js'
import { openRequest, sealAnswer } from '../../src/enclave/secure-channel.js'
import { randomSecret } from '../../src/enclave/secret.js'
import { count } from '../count.js'
import { createClientChannel } from '../fixtures/client-channel.js'
import { random } from '../random.js'

const vectors = JSON.parse(await readFile(new URL('../fixtures/vectors/secure-channel.json', import.meta.url), 'utf8'))
const secret = Buffer.from(vectors.server_private_key.slice(2), 'hex')
const enclavePublicKey = Buffer.from(vectors.server_public_key_uncompressed.slice(2), 'hex')
const clientSecret = Buffer.from(vectors.client_private_key.slice(2), 'hex')
const clientKey = Buffer.from(vectors.request_payload.json.response_key)

t.test('the vectors open, both ways', async t => {
  const opened = openRequest(secret, vectors.request_payload.json)
  t.equal(opened.plaintext.toString(), vectors.request_plaintext)
  t.same(opened.responseKey, clientKey)
  t.equal(
    decrypt(clientSecret, Buffer.from(vectors.response_payload.json.data.response)).toString(),
    vectors.response_plaintext
  )
})

t.test('an answer is encrypted to the client and signed by the enclave', async t => {
  const { response, salt, signature } = sealAnswer(secret, clientKey, JSON.parse(vectors.response_plaintext))
  t.equal(Buffer.from(eciesDecrypt(clientSecret, Buffer.from(response))).toString(), vectors.response_plaintext)
  t.equal(salt.length, 64)
  t.equal(signature.length, 65)
  const digest = keccak256(AbiCoder.defaultAbiCoder().encode(['bytes', 'bytes'], [
    Buffer.from(response), Buffer.from(salt)
  ]))
  const recovered = SigningKey.recoverPublicKey(
    hashMessage(Buffer.from(digest.slice(2), 'hex')), `0x${Buffer.from(signature).toString('hex')}`
  )
  t.equal(recovered, `0x${enclavePublicKey.toString('hex')}`)
})

t.test('a tag that has been cut short is refused', t => {
  const envelope = encrypt(enclavePublicKey, Buffer.alloc(0))
  t.equal(decrypt(secret, envelope).length, 0)
  for (let bytes = 0; bytes < 16; bytes++) {
    t.throws(
      () => decrypt(secret, envelope.subarray(0, envelope.length - 16 + bytes)), `${bytes} bytes`
    )
  }
  t.end()
})

/** The number of bits altered in each byte, one after the other. */
const BITS = count('ALTERED_BITS', 1)

t.test('one altered bit anywhere is refused', async t => {
  const { json } = vectors.request_payload
  let flips = 0
  for (const field of ['request', 'response_key', 'signature'] as const) {
    for (const index of json[field].keys()) {
      for (let turn = 0; turn < BITS; turn++) {
        const bit = (index + turn) % 8
        const altered = json[field].with(index, json[field][index] ^ (1 << bit))
        try {
          openRequest(secret, { ...json, [field]: altered })
          t.fail(`${field} byte ${index} bit ${bit}`)
        } catch (error) {
          const { code, statusCode } = error as { code: string, statusCode: number }
          if (code !== 'ENCRYPTED_BODY_INVALID' || statusCode !== 400) t.error(error)
        }
        flips += 1
      }
    }
  }
  t.ok(flips > 250 * BITS, `${flips} bits`)
})

/**
 * Limits the processor time, with coverage. It was above 1000 when a million bytes went through ethers' ABI coder. `npm
 * run bench -- malformed` has the real figures.
 */
const LIMIT_MS = 300

t.test('malformed arrays are refused at once', async t => {
  const { json } = vectors.request_payload
  const offCurve = [4, ...Array(64).fill(1)]
  const cases: [string, object, string][] = [
    ['no request', { ...json, request: undefined }, 'request'],
    ['text', { ...json, request: 'abc' }, 'request'],
    ['float', { ...json, request: [1.5] }, 'request'],
    ['256', { ...json, request: [256] }, 'request'],
    ['-1', { ...json, request: [-1] }, 'request'],
    ['nested', { ...json, request: [[1]] }, 'request'],
    ['a million entries', { ...json, request: Array(1e6).fill(7) }, 'request'],
    ['empty', { ...json, request: [] }, 'request'],
    ['short key', { ...json, response_key: clientKey.toJSON().data.slice(1) }, 'response_key'],
    ['long signature', { ...json, signature: [...json.signature, 1] }, 'signature'],
    ['short signature', { ...json, signature: json.signature.slice(1) }, 'signature'],
    ['point not on the curve', { ...json, response_key: offCurve }, 'signature'],
    ['zero signature', { ...json, signature: [...Array(64).fill(0), 27] }, 'signature'],
    ['unknown field', { ...json, extra: 1 }, 'extra'],
    ['empty body', {}, 'request'],
  ]
  openRequest(secret, json)
  for (const [name, body, field] of cases) {
    const start = process.cpuUsage()
    t.throws(
      () => openRequest(secret, body), { code: 'ENCRYPTED_BODY_INVALID', statusCode: 400, data: { field } }, name
    )
    const { user, system } = process.cpuUsage(start)
    const duration = (user + system) / 1000
    t.ok(duration < LIMIT_MS, `${name}: ${duration.toFixed(0)} ms`)
  }
})

t.test('a request signed rightly, but not encrypted to this enclave', async t => {
  const stranger = createClientChannel(Buffer.from(new SigningKey(randomSecret()).publicKey.slice(2), 'hex'))
  t.throws(() => openRequest(secret, stranger.seal({ a: 1 })), {
    code: 'ENCRYPTED_BODY_INVALID', data: { field: 'request' }
  })
  const client = createClientChannel(enclavePublicKey)
  for (const request of [Buffer.alloc(10), Buffer.alloc(200, 4)]) {
    t.throws(() => openRequest(secret, client.sign(request)), {
      code: 'ENCRYPTED_BODY_INVALID', data: { field: 'request' }
    })
  }
})

t.test('a request of a megabyte opens', async t => {
  const text = 'x'.repeat(1e6)
  const { request, response_key: responseKey, signature } = createClientChannel(enclavePublicKey).seal(text)
  t.equal(
    openRequest(secret, { request, response_key: responseKey, signature }).plaintext.toString(), JSON.stringify(text)
  )
})

const ROUND_TRIPS = count('ROUND_TRIPS', 50)

t.test(`${ROUND_TRIPS} random payloads round-trip, ours and eciesjs's`, async t => {
  for (let round = 0; round < ROUND_TRIPS; round++) {
    const own = randomSecret()
    const publicKey = Buffer.from(new SigningKey(own).publicKey.slice(2), 'hex')
    const payload = Buffer.from(Array.from({ length: round * 7 % 500 }, () => Math.floor(random() * 256)))
    if (!decrypt(own, eciesEncrypt(publicKey, payload)).equals(payload)) t.fail('theirs to ours')
    if (!payload.equals(eciesDecrypt(own, encrypt(publicKey, payload)))) t.fail('ours to theirs')
  }
  t.pass()
})
