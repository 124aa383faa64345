import { TRUST_ON_FIRST_USE } from '../../client/encryption/enclave-key-source.js'
import { UsageError } from '../exit-codes.js'
import type { Options } from '../options.js'
import { defaultProfilePath, type Profile, readProfile, saveProfile } from './profile.js'

const DEFAULT_URL = 'http://127.0.0.1:5000'

/** Names the service that a command calls: from flags, else the environment, else the profile. */
export async function loadSettings ({ options, environment }: { options: Options, environment: NodeJS.ProcessEnv }) {
  const profilePath = options.profile ?? environment['GENERATOR_CLIENT_PROFILE'] ?? defaultProfilePath(environment)
  const profile = await readProfile(profilePath)
  const profileUrl = profile.url ?? DEFAULT_URL
  const url = options.url ?? environment['GENERATOR_CLIENT_URL'] ?? profileUrl
  // The keys of a profile are those of its own service, and go to no other.
  const isOwn = addressOf(url) === addressOf(profileUrl)
  const own: Profile = isOwn ? profile : {}
  const givenEnclaveKey = options.enclaveKey ?? environment['GENERATOR_CLIENT_ENCLAVE_KEY']
  // The attestation tells the key, which may be another one today.
  const knownEnclaveKey = givenEnclaveKey ?? (own.attestation === undefined ? own.enclave_public_key : undefined)
  const trustsFirst = knownEnclaveKey === undefined && own.attestation === undefined && options.trustOnFirstUse === true

  /** Adds keys of this service to the profile. Throws a UsageError where the profile is another service's. */
  async function remember (keys: Omit<Profile, 'url'>): Promise<void> {
    assertOwnProfile()
    // Another command may have saved a new key since.
    const latest = isOwn ? await readProfile(profilePath) : {}
    await saveProfile(profilePath, { ...latest, url, ...keys })
  }

  function assertOwnProfile (): void {
    if (isOwn || Object.keys(profile).length === 0) return
    throw new UsageError(
      `The profile ${profilePath} is that of ${new URL(profileUrl).host}: name another one with --profile FILE`
    )
  }

  return {
    url,
    apiKey: options.apiKey ?? environment['GENERATOR_CLIENT_API_KEY'] ?? own.api_key,
    enclavePublicKey: trustsFirst ? TRUST_ON_FIRST_USE : knownEnclaveKey,
    trustsFirst,
    attestationUrl: own.attestation_url,
    attestation: own.attestation,
    /** The profile says what the enclave at another address must attest. */
    isAttestedElsewhere: !isOwn && profile.attestation !== undefined,
    /** The keys of the last enclave whose attestation passed. */
    enclaveKeys: { attested_key: own.attested_key, enclave_public_key: own.enclave_public_key },
    profilePath,
    hasKeyInProfile: profile.api_key !== undefined,
    isOwn,
    assertOwnProfile,
    remember,
  }
}

/** The same for each spelling of a URL. */
function addressOf (text: string): string {
  if (!URL.canParse(text)) return text
  const { origin, pathname } = new URL(text)
  return `${origin}${pathname.endsWith('/') ? pathname : `${pathname}/`}`
}

export type Settings = Awaited<ReturnType<typeof loadSettings>>
