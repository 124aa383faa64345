import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { makeCertificate } from '../../src/channel/certificate.js'
import { createChannel } from '../../src/channel/channel.js'
import { der } from '../../src/channel/der.js'
import { ENDORSEMENT_OID } from '../../src/channel/endorsement.js'
import { createEnclaveKey } from '../../src/enclave/enclave-key.js'
import { randomSecret } from '../../src/enclave/secret.js'

const { privateKey: tlsKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const spki = publicKey.export({ type: 'spki', format: 'der' })
const attestedKey = createEnclaveKey({ secret: randomSecret() })
const make = async (now: Date) => await makeCertificate({
  tlsKey, spki, bootId: randomBytes(16), signingKey: attestedKey.publicKey, now, endorse: attestedKey.endorse
})

t.test('the certificate is self-signed, for 30 days and a day back, with the TLS key', async t => {
  const now = new Date('2026-05-06T07:08:09.987Z')
  const { certificate, notAfter } = await make(now)
  const read = new X509Certificate(certificate)
  t.ok(read.verify(publicKey))
  t.ok(read.checkIssued(read))
  t.equal(read.subject, 'CN=generator-client')
  t.equal(new Date(read.validFrom).toISOString(), '2026-05-05T07:08:09.000Z')
  t.equal(new Date(read.validTo).toISOString(), '2026-06-05T07:08:09.000Z')
  t.strictSame(notAfter, new Date('2026-06-05T07:08:09.000Z'))
  t.strictSame(read.publicKey.export({ type: 'spki', format: 'der' }), spki)
  t.not(new X509Certificate((await make(now)).certificate).serialNumber, read.serialNumber)
})

t.test('OpenSSL reads it, also beyond 2049, and verifies it', async t => {
  const folder = t.testdir()
  const ends = { '2026-05-06': 'Jun  5 00:00:00 2026 GMT', '2049-12-20': 'Jan 19 00:00:00 2050 GMT' }
  for (const [now, end] of Object.entries(ends)) {
    const { certificate } = await make(new Date(`${now}T00:00:00Z`))
    const file = join(folder, 'certificate.pem')
    writeFileSync(file, new X509Certificate(certificate).toString())
    const text = execFileSync('openssl', ['x509', '-in', file, '-noout', '-text'], { encoding: 'utf8' })
    t.match(text, `Not After : ${end}`)
    t.match(text, ENDORSEMENT_OID)
    t.match(text, 'Signature Algorithm: ecdsa-with-SHA256')
    const verified = execFileSync('openssl', ['verify', '-no_check_time', '-CAfile', file, file], { encoding: 'utf8' })
    t.match(verified, 'OK')
  }
})

t.test('DER writes lengths of one, two and three bytes, and integers as positive ones', async t => {
  const lengthOf = (bytes: number): string => der.octetString(Buffer.alloc(bytes)).toString('hex', 1, 4)
  t.match(lengthOf(0x7f), /^7f/)
  t.match(lengthOf(0x80), /^8180/)
  t.match(lengthOf(0xff), /^81ff/)
  t.equal(lengthOf(0x1234), '821234')
  t.equal(der.integer(Buffer.of(0x7f)).toString('hex'), '02017f')
  t.equal(der.integer(Buffer.of(0x80)).toString('hex'), '02020080')
  t.equal(der.identifier('1.2.840.10045.4.3.2').toString('hex'), '06082a8648ce3d040302')
})

t.test('a context is made once for all who ask, again after half of its life, and after a failure', async t => {
  let now = new Date('2026-01-01T00:00:00Z')
  const fails = [true]
  const key = {
    ...attestedKey,
    endorse: async (bytes: Uint8Array) => {
      if (fails.pop() === true) throw new Error('too many open files')
      return await attestedKey.endorse(bytes)
    },
  }
  const channel = createChannel({ attestedKey: key, signingKey: attestedKey.publicKey, now: () => now })
  await t.rejects(channel.secureContext(), { message: 'too many open files' })
  const [first, second] = await Promise.all([channel.secureContext(), channel.secureContext()])
  t.equal(first, second)
  now = new Date('2026-01-15T23:59:59Z')
  t.equal(await channel.secureContext(), first)
  now = new Date('2026-01-16T00:00:01Z')
  t.not(await channel.secureContext(), first)
  t.match(channel.bootId, /^[0-9a-f]{32}$/)
  t.equal(Buffer.from(channel.spkiSha256, 'base64').length, 32)
})
