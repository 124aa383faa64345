import { mkdir, open } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { AttestationPolicy } from '../../attestation/policy.js'
import { isOfSchema } from '../../client/transport/answer.js'
import { fileSystem, replaceFile } from '../../../src/files/durable-files.js'
import { UsageError } from '../exit-codes.js'

const Profile = Type.Object({
  url: Type.Optional(Type.String()),
  api_key: Type.Optional(Type.String()),
  enclave_public_key: Type.Optional(Type.String()),
  /** The key of the last document that passed, hex of 64 bytes. */
  attested_key: Type.Optional(Type.String()),
  attestation_url: Type.Optional(Type.String()),
  /** Says what the attestation document must show. Every command then checks it, and travels in TLS. */
  attestation: Type.Optional(AttestationPolicy),
}, { additionalProperties: false })

/** Holds the address of a service, its API key, its enclave's keys, and what its attestation must say. */
export type Profile = Static<typeof Profile>

/** `$XDG_CONFIG_HOME/generator-client/profile.json`, by default below ~/.config. */
export function defaultProfilePath ({ XDG_CONFIG_HOME: home }: NodeJS.ProcessEnv): string {
  return join(home ?? join(homedir(), '.config'), 'generator-client', 'profile.json')
}

/** An empty profile where there is no file. Throws a UsageError for one that others can read, or that is none. */
export async function readProfile (path: string): Promise<Profile> {
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new UsageError(`The profile ${path} cannot be read (${error.code})`)
  })
  if (handle === null) return {}
  try {
    if (((await handle.stat()).mode & 0o077) !== 0) {
      throw new UsageError(
        `The profile ${path} holds a key, and others can read it: chmod 600 ${path}. If others may have read it, treat the key as known to them`
      )
    }
    return parse(path, await handle.readFile('utf8'))
  } finally {
    await handle.close()
  }
}

/** Replaces the file (0600) at once, or fails and leaves it as it was. */
export async function saveProfile (path: string, profile: Profile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await replaceFile(path, `${JSON.stringify(profile, null, 2)}\n`, fileSystem)
}

function parse (path: string, text: string): Profile {
  try {
    const content: unknown = JSON.parse(text)
    if (isOfSchema(Profile, content)) return content
  } catch {
    // Said below, without the parser's message: it quotes the file.
  }
  throw new UsageError(
    `The profile ${path} must be a JSON object of ${Object.keys(Profile.properties).join(', ')}. ` +
    'All of them are text, but attestation is what `enclave verify --save` writes'
  )
}
