import type { Channel, Enclave } from '../../channel/channel.js'
import { compressPublicKey } from '../../../src/enclave/public-key.js'
import { UsageError } from '../exit-codes.js'
import type { Text } from '../show/text.js'
import { attestationUrl } from './attestation-url.js'
import { isReadByHost } from './plain.js'
import type { Settings } from './settings.js'

const REGISTER = "Register them on chain again: 'generator-client keys' shows them"

/**
 * Opens the channel of a profile with an attestation policy. Returns null without one. Saves the enclave's keys to the
 * profile once its document and its certificate have passed. Throws a UsageError for a wrong URL.
 */
export async function openChannel ({ settings, timeoutMs, printNote }: {
  settings: Settings, timeoutMs: number | undefined, printNote: (note: Text) => void
}): Promise<Channel | null> {
  const { url, attestation: policy, remember, profilePath } = settings
  if (policy === undefined) {
    if (settings.isAttestedElsewhere && isReadByHost(settings, null)) throw otherAddress(settings)
    return null
  }
  let known = settings.enclaveKeys
  // A command without a channel does without TLS and the reader of documents.
  const { createChannel } = await import('../../channel/channel.js')
  try {
    return createChannel({
      url, attestationUrl: attestationUrl(settings, policy).href, policy, onEnclave: keep, timeoutMs
    })
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }

  async function keep (enclave: Enclave): Promise<void> {
    const before = known
    const now = keysOf(enclave)
    known = now
    const isOther = (name: keyof typeof now) => before[name] !== undefined && before[name] !== now[name]
    if (isOther('enclave_public_key')) printNote(`The enclave has new keys. Its document passes. ${REGISTER}`)
    else if (isOther('attested_key')) printNote('Another enclave has the same keys now. Its document passes')
    if (before.attested_key === now.attested_key && before.enclave_public_key === now.enclave_public_key) return
    await remember(now).catch(({ message }: Error) => {
      printNote(`The keys of the enclave could not be saved to ${profilePath}: ${message}`)
    })
  }
}

/** The API key may come from the environment, and would travel to an address that nobody has verified. */
function otherAddress ({ url, profilePath }: Settings): UsageError {
  return new UsageError(
    `The profile ${profilePath} has the attestation of another address than ${url}, which would read this call: name a profile of its own with --profile, and save its attestation there with 'enclave verify --save'`
  )
}

function keysOf ({ verdict, signingKey }: Enclave) {
  return {
    attested_key: verdict.publicKey.toString('hex'),
    enclave_public_key: compressPublicKey(Buffer.concat([Buffer.of(0x04), signingKey])),
  }
}
