import { GeneratorClientError } from '../client/errors.js'

/** The machine that answers has not shown that it is the enclave. Nothing was sent to it. */
export function notVerified (message: string, options: { data?: unknown, cause?: unknown } = {}): GeneratorClientError {
  return new GeneratorClientError('ENCLAVE_NOT_VERIFIED', message, options)
}

/** Another key than that of the attestation document has signed the endorsement. */
export class NotEndorsed extends GeneratorClientError {
  constructor () {
    super(
      'ENCLAVE_NOT_VERIFIED', 'The certificate of the service is not endorsed by the key of the attestation document'
    )
  }
}
