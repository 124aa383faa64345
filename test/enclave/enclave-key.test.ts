import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AbiCoder, computeAddress, keccak256, verifyMessage, Wallet } from 'ethers'
import t from 'tap'
import { createEnclaveKey } from '../../src/enclave/enclave-key.js'
import { loadEnclaveSecret } from '../../src/enclave/secret.js'
import { replaceWithFifo } from '../fixtures/fifo.js'

const vectors = JSON.parse(await readFile(new URL('../fixtures/vectors/signing.json', import.meta.url), 'utf8'))
const secret = Buffer.from(vectors.private_key.slice(2), 'hex')

t.test('signs as the vectors say, bit for bit', async t => {
  const key = createEnclaveKey({ secret })
  const { address, r, s, v } = vectors.sign_address
  t.same(await key.signAddress(address), { r, s, v })
  t.same(await key.signAddress(address.toLowerCase()), { r, s, v })
  const attested = vectors.sign_attestation
  t.same(
    await key.signAttestation(attested.attestation, attested.address), { r: attested.r, s: attested.s, v: attested.v }
  )
})

t.test('r and s are left-padded, and every signature recovers to the key', async t => {
  const key = createEnclaveKey({ secret })
  const signer = computeAddress(vectors.private_key)
  let padded = 0
  for (let number = 0; number < 600; number++) {
    const address = `0x${number.toString(16).padStart(40, '0')}`
    const { r, s, v } = await key.signAddress(address)
    if (!/^0x[0-9a-f]{64}$/.test(r) || !/^0x[0-9a-f]{64}$/.test(s)) t.fail(`${address} ${r} ${s}`)
    if (r.startsWith('0x00') || s.startsWith('0x00')) padded += 1
    const digest = keccak256(AbiCoder.defaultAbiCoder().encode(['address'], [address]))
    if (verifyMessage(Buffer.from(digest.slice(2), 'hex'), { r, s, v }) !== signer) t.fail(address)
  }
  t.ok(padded > 0, `${padded} signatures with a leading zero byte`)
})

t.test('public forms', async t => {
  const key = createEnclaveKey({ secret })
  const { publicKey, compressedPublicKey } = new Wallet(vectors.private_key).signingKey
  t.equal(await key.getAddress(), computeAddress(vectors.private_key).toLowerCase())
  t.equal(await key.getAddress(), computeAddress(vectors.private_key).toLowerCase())
  t.equal(key.compressedPublicKey, compressedPublicKey)
  t.equal(`0x04${Buffer.from(key.publicKey).toString('hex')}`, publicKey)
  t.equal(key.secretHex, vectors.private_key.slice(2))
})

t.test('the secret is read from its path', async t => {
  const folder = t.testdir()
  const path = join(folder, 'mounted.sec')
  await writeFile(path, secret, { mode: 0o400 })
  t.same(await loadEnclaveSecret({ path, folder, production: true }), { secret, path, warning: null })
})

t.test('outside production one is made, once', async t => {
  const folder = t.testdir()
  const path = join(folder, 'nowhere')
  const made = await loadEnclaveSecret({ path, folder, production: false })
  t.match(made, { path: join(folder, 'secp.sec'), warning: /made a secret for development/ })
  t.equal((await stat(made.path)).mode & 0o777, 0o600)
  t.same(await loadEnclaveSecret({ path, folder, production: false }), { ...made, warning: null })
})

t.test('faults that stop the start-up', { timeout: 30_000 }, async t => {
  const folder = t.testdir({
    short: 'x'.repeat(31), long: 'x'.repeat(33), zero: '\0'.repeat(32), big: Buffer.alloc(32, 0xff), dir: {}
  })
  for (const name of ['short', 'long', 'zero', 'big']) await chmod(join(folder, name), 0o600)
  const load = async (name: string) => await loadEnclaveSecret({ path: join(folder, name), folder, production: true })
  await t.rejects(load('nowhere'), { message: /nowhere does not exist: mount the enclave's secp256k1 secret/ })
  for (const name of ['short', 'long', 'zero', 'big']) {
    await t.rejects(load(name), { message: /is not a secp256k1 secret: it must be 32 raw bytes/ })
  }
  await t.rejects(load('dir'), { message: /cannot be read \(EISDIR\)/ })
  const fifo = join(folder, 'fifo')
  await replaceWithFifo(fifo)
  await t.rejects(load('fifo'), {
    message: `The enclave's secret ${fifo} is not a regular file: put one of 32 raw bytes there`
  })
})
