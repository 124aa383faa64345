import type { KeyObject } from 'node:crypto'
import { check } from '../check.js'
import { type Certificate, readCertificate } from './certificate.js'

/** Bits of key usage (RFC 5280, 4.2.1.3). */
const DIGITAL_SIGNATURE = 0
const KEY_CERT_SIGN = 5

/**
 * Checks that the certificates lead from the root to the last one, in this order and without others, at a time in ms.
 * Returns them. The key of the last one signs the document. Throws an AttestationError.
 */
export function readChain ({ certificates, root, time }: {
  certificates: Buffer[], root: string, time: number
}): { chain: Certificate[], key: KeyObject } {
  const chain = certificates.map(der => readCertificate(der))
  const [first, last] = [chain[0]!, chain.at(-1)!]
  check('root', first.sha256 === root, () =>
    `The certificates lead to the root ${first.sha256}, but ${root} is expected`)
  check(
    'certificate-twice', new Set(chain.map(({ sha256 }) => sha256)).size === chain.length,
    'The document has a certificate twice'
  )
  for (const [place, certificate] of chain.entries()) {
    // The hash vouches for the root.
    if (place > 0) checkIssued(certificate, chain[place - 1]!)
    checkDates(certificate, time)
    if (certificate === last) checkLeaf(certificate)
    else checkAuthority(certificate, chain.length - 2 - place)
  }
  return { chain, key: last.key }
}

function checkIssued (certificate: Certificate, issuer: Certificate): void {
  check(
    'certificate-issuer', certificate.issuer.equals(issuer.subject),
    () => `The certificate ${certificate.name} is not issued by ${issuer.name}, the one before it`
  )
  check(
    'certificate-signature', certificate.isSignedBy(issuer.key),
    () => `The certificate ${certificate.name} is not signed by ${issuer.name}`
  )
}

/** Certificates of Nitro are valid for hours, so they are judged at the time of the document. X.509 counts whole seconds. */
function checkDates ({ name, notBefore, notAfter }: Certificate, time: number): void {
  const second = Math.floor(time / 1000) * 1000
  const at = new Date(time).toISOString()
  check('certificate-early', second >= notBefore.getTime(), () =>
    `The certificate ${name} is valid from ${notBefore.toISOString()}, after the document's time ${at}`)
  check('certificate-late', second <= notAfter.getTime(), () =>
    `The certificate ${name} was valid until ${notAfter.toISOString()}, before the document's time ${at}`)
}

/** `below` is the number of authorities between this one and the last certificate. */
function checkAuthority ({ name, extensions: { authority, usage } }: Certificate, below: number): void {
  check('authority-missing', authority !== null, `The certificate ${name} does not say that it is an authority`)
  check('authority-critical', authority.isCritical, `The basicConstraints of ${name} are not critical`)
  check('authority-false', authority.isAuthority, `The certificate ${name} is no authority`)
  check('authority-depth', below <= authority.depth, `There are more authorities below ${name} than it allows`)
  check('usage-missing', usage !== null, `The certificate ${name} does not say what its key is for`)
  check('usage-authority', usage(KEY_CERT_SIGN), `The key of ${name} is not for certificates`)
}

function checkLeaf ({ name, extensions: { authority, usage } }: Certificate): void {
  check('leaf-authority', authority?.isAuthority !== true, `The last certificate, ${name}, is an authority`)
  check('usage-missing', usage !== null, `The certificate ${name} does not say what its key is for`)
  check('usage-leaf', usage(DIGITAL_SIGNATURE), `The key of ${name} is not for signatures`)
  check('usage-leaf-signs', !usage(KEY_CERT_SIGN), `The key of ${name} is for certificates`)
}
