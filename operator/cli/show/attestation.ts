import type { ImagePcrs } from '../../attestation/image.js'
import type { AttestationVerdict } from '../../attestation/verify.js'
import { describeFields } from './describe.js'

const DAY_MS = 24 * 60 * 60 * 1000
const NOT_MEASURED = 'none is measured, because the image is a classic one'

/** The verdict for --json. Its fields stay as they are. */
export function verdictData (verdict: AttestationVerdict, at: Date) {
  const { moduleId, timestamp, pcrs, imageId, classic, publicKey, address, userData, nonce, chain } = verdict
  return {
    module_id: moduleId,
    timestamp: timestamp.toISOString(),
    age_seconds: secondsBetween(timestamp, at),
    pcrs,
    image_id: imageId,
    classic,
    public_key: `0x${publicKey.toString('hex')}`,
    address,
    user_data: userData?.toString('hex') ?? null,
    nonce: nonce?.toString('hex') ?? null,
    certificates: chain.map(({ name, sha256, notBefore, notAfter }) => ({
      name, sha256, not_before: notBefore.toISOString(), not_after: notAfter.toISOString()
    })),
  }
}

/** The verdict for people. A document that is judged at another time has an age at that time. */
export function describeVerdict (verdict: AttestationVerdict, at: Date): string {
  const { moduleId, timestamp, pcrs, imageId, classic, publicKey, address, nonce, chain } = verdict
  return describeFields({
    Module: moduleId,
    Time: `${timestamp.toISOString()}, ${secondsBetween(timestamp, at)} s old`,
    ...pcrFields(pcrs, classic ? NOT_MEASURED : pcrs['16']),
    'Image id': imageId,
    'Enclave key': `0x${publicKey.toString('hex')}`,
    Address: address,
    Nonce: nonce?.toString('hex'),
    ...Object.fromEntries(chain.map(({ name, sha256, notBefore, notAfter }, place) => [
      `Certificate ${place + 1}`,
      `${name}, until ${notAfter.toISOString()} (${validity(notBefore, notAfter)}), SHA-256 ${sha256.slice(0, 16)}…`,
    ])),
  })
}

/** Describes for people what a deployment will show. */
export function describePcrs (pcrs: ImagePcrs, imageId: string): string {
  return describeFields({ ...pcrFields({ ...pcrs }, pcrs[16]), 'Image id': imageId })
}

/** Names what each PCR covers. */
function pcrFields (pcrs: Record<string, string>, compose: string | undefined): Record<string, string | undefined> {
  return {
    'PCR0, the whole image': pcrs['0'],
    'PCR1, its kernel': pcrs['1'],
    'PCR2, its programs': pcrs['2'],
    'PCR16, the compose file': compose,
  }
}

function secondsBetween (from: Date, to: Date): number {
  return Math.round((to.getTime() - from.getTime()) / 1000)
}

function validity (from: Date, to: Date): string {
  const days = (to.getTime() - from.getTime()) / DAY_MS
  return days < 2 ? `valid for ${Math.round(24 * days)} h` : `valid for ${Math.round(days)} days`
}
