import { createECDH, createPublicKey, randomBytes, verify } from 'node:crypto'
import t from 'tap'
import { decodeEndorsement, encodeEndorsement, endorsedBytes } from '../../src/channel/endorsement.js'
import { createEnclaveKey } from '../../src/enclave/enclave-key.js'
import { randomSecret } from '../../src/enclave/secret.js'

const endorsement = {
  bootId: Buffer.alloc(16, 1), notAfter: new Date('2026-12-24T18:00:00Z'), signingKey: Buffer.alloc(64, 2)
}
const signed = { ...endorsement, signature: Buffer.alloc(64, 3) }

t.test('an endorsement is read as it was written; other lengths and formats are not', async t => {
  const bytes = encodeEndorsement(signed)
  t.equal(bytes.length, 153)
  t.strictSame(decodeEndorsement(bytes), signed)
  t.equal(decodeEndorsement(bytes.subarray(1)), null)
  t.equal(decodeEndorsement(Buffer.concat([bytes, Buffer.of(0)])), null)
  t.equal(decodeEndorsement(Buffer.concat([Buffer.of(2), bytes.subarray(1)])), null)
})

t.test('every part is signed', async t => {
  const spki = randomBytes(91)
  const others = [
    endorsedBytes(randomBytes(91), endorsement),
    endorsedBytes(spki, { ...endorsement, bootId: Buffer.alloc(16, 9) }),
    endorsedBytes(spki, { ...endorsement, notAfter: new Date('2026-12-24T18:00:01Z') }),
    endorsedBytes(spki, { ...endorsement, signingKey: Buffer.alloc(64, 9) }),
  ]
  for (const other of others) t.notSame(other, endorsedBytes(spki, endorsement))
})

/** The key in SubjectPublicKeyInfo, which Node reads. */
function publicKeyOf (secret: Buffer) {
  const ecdh = createECDH('secp256k1')
  ecdh.setPrivateKey(secret)
  const point = ecdh.getPublicKey()
  const coordinate = (start: number): string => point.subarray(start, start + 32).toString('base64url')
  return createPublicKey({ key: { kty: 'EC', crv: 'secp256k1', x: coordinate(1), y: coordinate(33) }, format: 'jwk' })
}

t.test('only the endorsement is signed over SHA-256: no other signature of the key can stand for one', async t => {
  const secret = randomSecret()
  const key = createEnclaveKey({ secret })
  const bytes = endorsedBytes(randomBytes(91), endorsement)
  const publicKey = publicKeyOf(secret)
  const isEndorsed = (signature: Uint8Array): boolean =>
    verify('sha256', bytes, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
  t.ok(isEndorsed(await key.endorse(bytes)))

  // A caller can have these signed: the bytes themselves, their hash, and what begins like them.
  const account = `0x${'ab'.repeat(20)}`
  const { seal } = key
  const attempts = [
    await key.signAttestation(bytes.toString('hex'), account),
    await key.signAddress(`0x${bytes.toString('hex', 0, 20)}`),
  ].map(({ r, s }) => Buffer.from(`${r.slice(2)}${s.slice(2)}`, 'hex'))
  const client = createEnclaveKey({ secret: randomSecret() })
  const sealed = await seal(bytes.toString('hex'), Buffer.concat([Buffer.of(4), client.publicKey]))
  attempts.push(Buffer.from(sealed.signature).subarray(0, 64))
  for (const signature of attempts) t.notOk(isEndorsed(signature))
  t.match(bytes.toString('latin1'), /^generator-client TLS endorsement 1\n/)
  t.not(bytes[0], 0x19, 'EIP-191 begins with another byte')
})
