import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { checkCertificate } from '../../../operator/channel/certificate.js'
import { der } from '../../../src/channel/der.js'
import { ENDORSEMENT_OID } from '../../../src/channel/endorsement.js'
import { makeKey, makeTls, withExtensions } from './enclave.js'

const OTHER_OID = '1.3.6.1.4.1.311.1'
const MINUTE_MS = 60_000
const attested = makeKey()
const tls = await makeTls({ attested, signing: makeKey() })

function check (certificate: Buffer, now = new Date()) {
  return checkCertificate({ certificate: new X509Certificate(certificate), attestedKey: attested.point, now })
}

function extension (value: Buffer, ...more: Buffer[]): Buffer {
  return der.sequence(der.identifier(ENDORSEMENT_OID), ...more, value)
}

t.test('a certificate that the attested key endorses', async t => {
  const { bootId, pin, notAfter } = tls
  t.match(check(tls.certificate), { bootId, pin, notAfter })
  const other = der.sequence(der.identifier(OTHER_OID), der.octetString(Buffer.of(1)))
  t.match(check(withExtensions(tls, all => [other, ...all, other]).certificate), { bootId })
})

t.test('other certificates', async t => {
  const string = der.octetString(Buffer.alloc(153, 1))
  const value = der.octetString(string)
  const critical = Buffer.of(0x01, 0x01, 0xff)
  const shorter = der.octetString(der.octetString(Buffer.alloc(152, 1)))
  const later = der.octetString(der.octetString(Buffer.alloc(153, 2)))
  const trailing = der.octetString(Buffer.concat([string, Buffer.of(0)]))
  const cases: [string, (all: Buffer[]) => Buffer[], RegExp][] = [
    ['no extensions', () => [], /not one of generator-client: another server has answered/],
    ['another extension', () => [der.sequence(der.identifier(OTHER_OID), value)], /one endorsement, and has 0/],
    ['two endorsements', all => [...all, ...all], /must have one endorsement, and has 2/],
    ['a critical extension', () => [extension(value, critical)], /not one of generator-client/],
    ['no octet string in the value', () => [extension(der.octetString(Buffer.alloc(153, 1)))], /not one of generator/],
    ['bytes behind the value', () => [extension(trailing)], /not one of generator-client/],
    ['a later format', () => [extension(later)], /a form which is not known/],
    ['a shorter value', () => [extension(shorter)], /a form which is not known/],
    ['a time that is no time', () => [extension(value)], /ends at another time than its endorsement/],
  ]
  for (const [name, change, message] of cases) {
    const { certificate } = withExtensions(tls, change)
    t.throws(() => check(certificate), { code: 'ENCLAVE_NOT_VERIFIED', message }, name)
  }
})

t.test('the end of the certificate', async t => {
  const end = tls.notAfter.getTime()
  t.ok(check(tls.certificate, new Date(end + MINUTE_MS)), 'clocks may differ by a minute')
  t.throws(() => check(tls.certificate, new Date(end + MINUTE_MS + 1)), {
    code: 'ENCLAVE_NOT_VERIFIED', message: `The certificate of the service ended at ${tls.notAfter.toISOString()}`
  })
  const [content, later] = [tls.notAfter, new Date(end + 1000)].map(time => der.time(time))
  const at = tls.certificate.indexOf(content!)
  const longer = Buffer.from(tls.certificate)
  later!.copy(longer, at)
  t.throws(() => check(longer), { code: 'ENCLAVE_NOT_VERIFIED', message: /ends at another time than its endorsement/ })
})

t.test('every bit of an endorsement counts', async t => {
  const at = tls.certificate.indexOf(tls.bootId) - 1
  for (let byte = at; byte < at + 153; byte++) {
    const altered = Buffer.from(tls.certificate)
    altered[byte]! ^= 1 << (byte % 8)
    t.throws(() => check(altered), { code: 'ENCLAVE_NOT_VERIFIED' }, `byte ${byte - at}`)
  }
})
