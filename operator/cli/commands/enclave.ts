import { Option } from 'commander'
import { imageIdOf } from '../../attestation/image.js'
import type { AttestationPolicy } from '../../attestation/policy.js'
import type { Command } from '../command.js'
import { DEPLOYMENT, EXPECTATIONS } from '../enclave-options.js'
import { UsageError } from '../exit-codes.js'
import { readBytes } from '../input/input.js'
import { readDeployment, readPolicy } from '../input/policy.js'
import { attestationUrl, parseAttestationUrl } from '../settings/attestation-url.js'
import type { Settings } from '../settings/settings.js'
import { describePcrs, describeVerdict, verdictData } from '../show/attestation.js'

export const enclaveVerify: Command = {
  name: 'enclave verify',
  group: 'enclave',
  summary: 'Verify the attestation of the enclave: that it runs the expected image with the expected compose file',
  arguments: {
    '[source]':
      'URL of the document, such as http://HOST:1301/attestation/raw, or a file with it; default: port 1301 of the service, 1500 with --classic'
  },
  options: [...EXPECTATIONS, new Option('--save', 'Put the URL and what is expected into the profile')],
  example: 'enclave verify --preset blue@3.0.0 --compose docker-compose.yml --save',
  activity: 'Verifying the enclave',
  isLocal: true,
  run: async ({ settings, options, positionals: [source], stdin }) => {
    const { save = false, at, nonce, timeout } = options
    if (save && at !== undefined) throw new UsageError('--save keeps what is verified now: leave out --at')
    if (save) settings.assertOwnProfile()
    const policy = await readPolicy(options, settings.attestation, stdin)
    const url = urlOf(source, settings, policy)
    const { fetchAttestation, verifyAttestation } = await import('../../attestation/index.js')
    const document =
      url === null ? await readBytes(source!, stdin) : await fetchAttestation(url, { timeoutMs: timeout })
    const now = at ?? new Date()
    const verdict = verifyAttestation(document, policy, { now, nonce })
    if (save) await settings.remember({ ...url !== null && { attestation_url: url.href }, attestation: policy })
    const place = save ? `, and what is expected is saved to ${settings.profilePath}` : ''
    const message = `The enclave is the expected one${place}`
    return {
      answer: { status: 'success', statusCode: 200, message, data: verdictData(verdict, now) },
      text: `${message}\n${describeVerdict(verdict, now)}`,
    }
  },
}

export const enclavePcrs: Command = {
  name: 'enclave pcrs',
  group: 'enclave',
  summary: 'Compute the PCRs and the image id of a deployment, before it exists',
  options: DEPLOYMENT,
  example: 'enclave pcrs --preset blue@3.0.0 --compose docker-compose.yml',
  isLocal: true,
  run: async ({ options, stdin }) => {
    const pcrs = await readDeployment(options, stdin)
    const imageId = imageIdOf(pcrs)
    return {
      answer: { status: 'success', statusCode: 200, message: 'PCRs computed', data: { pcrs, image_id: imageId } },
      text: describePcrs(pcrs, imageId),
    }
  },
}

/** Returns null for a file. Throws a UsageError. */
function urlOf (source: string | undefined, settings: Settings, policy: AttestationPolicy): URL | null {
  if (source === undefined) return attestationUrl(settings, policy)
  return /^https?:\/\//i.test(source) ? parseAttestationUrl(source) : null
}
