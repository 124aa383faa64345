import { ATTESTATION_ERRORS, type AttestationErrorCode } from '../../operator/attestation/errors.js'
import { CLIENT_ERRORS } from '../../operator/client/errors.js'
import { table } from './markdown.js'

const MEANINGS = { ENCLAVE_NOT_VERIFIED: CLIENT_ERRORS.ENCLAVE_NOT_VERIFIED, ...ATTESTATION_ERRORS }

/** The operator's remedy for each refusal of an enclave. The other codes say nothing of the enclave. */
const REMEDIES: Record<Extract<AttestationErrorCode, `ATTESTATION_${string}`> | 'ENCLAVE_NOT_VERIFIED', string> = {
  ENCLAVE_NOT_VERIFIED:
    'Read the message. With `data.code`, see its row. Without it the connection is at fault: check the URL and the clock of this machine. Else another server answers in the place of the enclave.',
  ATTESTATION_MALFORMED: 'Check the URL: the document is at `/attestation/raw`.',
  ATTESTATION_CERTIFICATES: 'Take a new document. If it is refused, too, do not use the enclave.',
  ATTESTATION_ROOT: 'Leave out `--root`, so that the root of AWS is expected. Name a root only for a rehearsal.',
  ATTESTATION_SIGNATURE: 'Take a new document. If it is refused, too, do not use the enclave.',
  ATTESTATION_OLD: 'Set the clock of this machine. If it is right, the host shows an old document.',
  ATTESTATION_AHEAD: 'Set the clock of this machine.',
  ATTESTATION_DEBUG: 'Do not use the enclave. Deploy it without debug mode.',
  ATTESTATION_IMAGE:
    'Compare the compose file, init params and preset with those of the deployment. After an upgrade, verify the enclave into a new profile.',
  ATTESTATION_KEY:
    'Use port 1301, or 1500 of classic Oyster. If you expect a new enclave, verify it into a new profile.',
  ATTESTATION_NONCE: 'Ask with the nonce that `--nonce` names.',
}

export function refusalTable (): string {
  return table(
    ['Code', 'Meaning', 'What to do'],
    Object.entries(REMEDIES).map(([code, remedy]) => [code, MEANINGS[code as keyof typeof REMEDIES], remedy])
  )
}
