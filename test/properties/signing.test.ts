import assert from 'node:assert/strict'
import { AbiCoder, getAddress, hashMessage, keccak256, SigningKey } from 'ethers'
import fc from 'fast-check'
import t from 'tap'
import { checksummed } from '../../src/chain/address.js'
import { recoverSigner, signatureBytes, signEncoded } from '../../src/enclave/signing.js'
import { address } from './arbitraries.js'
import { holds } from './runs.js'

const secret = fc.uint8Array({
  minLength: 32, maxLength: 32
}).filter(bytes => bytes.some(byte => byte !== 0) && bytes[0] !== 0xff)
const bytes = fc.uint8Array({ maxLength: 300 })
/** The enclave signs an address, bytes with an address, and two byte strings. */
const message = fc.oneof(
  address.map(value => ({ types: ['address'], values: [value.toLowerCase()] })),
  fc.tuple(bytes, address).map(([one, other]) => ({ types: ['bytes', 'address'], values: [one, other.toLowerCase()] })),
  fc.tuple(bytes, bytes).map(values => ({ types: ['bytes', 'bytes'], values }))
)

t.test('a signature is the one that ethers makes, bit for bit, and names its key', async t => {
  await holds(t, fc.property(secret, message, (key, { types, values }) => {
    const digest = hashMessage(Buffer.from(keccak256(AbiCoder.defaultAbiCoder().encode(types, values)).slice(2), 'hex'))
    const signer = new SigningKey(key)
    const { r, s, v } = signer.sign(digest)
    const signature = signEncoded(key, ...values)
    assert.deepEqual(signature, { r, s, v })
    assert.equal(
      `0x${Buffer.from(recoverSigner(signatureBytes(signature), ...values)!).toString('hex')}`, signer.publicKey
    )
  }))
})

t.test('bytes that are no signature name no key', async t => {
  await holds(t, fc.property(fc.uint8Array({ maxLength: 66 }), fc.constantFrom(0, 1, 26, 27, 28, 29), (random, v) => {
    const signer = recoverSigner(Uint8Array.of(...random.subarray(0, 64), v), bytesOf('message'))
    if (signer !== null) assert.equal(signer.length, 65)
    if (v !== 27 && v !== 28) assert.equal(signer, null)
    if (random.length < 64) assert.equal(signer, null)
  }))
  t.equal(recoverSigner(Buffer.concat([Buffer.alloc(64), Buffer.of(27)]), bytesOf('message')), null, 'zeros')
  t.equal(
    recoverSigner(Buffer.concat([Buffer.alloc(64, 0xff), Buffer.of(28)]), bytesOf('message')),
    null,
    'above the group order'
  )
})

t.test('an EIP-55 form is the one of ethers', async t => {
  await holds(t, fc.property(address, one => assert.equal(checksummed(one), getAddress(one.toLowerCase()))))
})

function bytesOf (text: string): Uint8Array {
  return Buffer.from(text)
}
