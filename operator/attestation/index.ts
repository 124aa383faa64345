export { ATTESTATION_ERRORS, AttestationError, type AttestationErrorCode } from './errors.js'
export { imageIdOf, type ImagePcrs, type InitParam, measureInitParams, PRESETS } from './image.js'
export { AttestationPolicy, AWS_ROOT, MAX_AGE_SECONDS, MAX_AHEAD_SECONDS } from './policy.js'
export { type AttestationVerdict, type VerificationOptions, verifyAttestation } from './verify.js'
