import type { AttestationPolicy } from '../../attestation/policy.js'
import type { Settings } from './settings.js'
import { UsageError } from '../exit-codes.js'

const CURRENT_PORT = 1301
const CLASSIC_PORT = 1500
const PATH = '/attestation/raw'

/** The attestation server of the profile, by default Oyster's on the host of the service. Throws a UsageError. */
export function attestationUrl (
  { attestationUrl, url }: Pick<Settings, 'attestationUrl' | 'url'>, { classic = false }: AttestationPolicy
): URL {
  if (attestationUrl !== undefined) return parseAttestationUrl(attestationUrl)
  const { hostname } = parseAttestationUrl(url)
  return new URL(`http://${hostname}:${classic ? CLASSIC_PORT : CURRENT_PORT}${PATH}`)
}

/** Adds the path of the document to a URL without one. Throws a UsageError. */
export function parseAttestationUrl (text: string): URL {
  if (!URL.canParse(text) || !/^https?:/i.test(text)) {
    throw new UsageError(`${text} is no URL of an attestation server: it looks like http://HOST:1301/attestation/raw`)
  }
  const url = new URL(text)
  if (url.pathname === '/') url.pathname = PATH
  return url
}
