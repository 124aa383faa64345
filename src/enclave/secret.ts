import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { formats } from '../../schemas/validation/formats.js'
import { createFileOnce, fileSystem } from '../files/durable-files.js'
import { NotRegularFile } from '../files/regular-file.js'
import { readSecretFile, UnsafeSecretFile } from '../files/secret-file.js'

export const DEVELOPMENT_SECRET_FILE = 'secp.sec'

/**
 * Reads the enclave's secp256k1 secret: 32 raw bytes. Makes one in `folder` if the file is missing, except in
 * production. `assertMayBeMade` runs before the write and may throw. The returned path is that of the file in use. The
 * warning tells that the secret was made, or that others can read the mounted file. Throws an Error that names the
 * file and the remedy.
 */
export async function loadEnclaveSecret ({ path, folder, production, mountTable, assertMayBeMade = async () => {} }: {
  path: string,
  folder: string,
  production: boolean,
  mountTable?: string
  assertMayBeMade?: (made: { secret: Buffer, path: string }) => Promise<void>
}) {
  const mounted = await readEnclaveSecret(path, mountTable)
  if (mounted !== null) return { ...mounted, path }
  if (production) {
    throw new Error(`SECP_KEY_PATH ${path} does not exist: mount the enclave's secp256k1 secret (32 raw bytes) there`)
  }
  const ownPath = join(folder, DEVELOPMENT_SECRET_FILE)
  const own = await readEnclaveSecret(ownPath)
  if (own !== null) return { ...own, path: ownPath }
  const secret = randomSecret()
  await assertMayBeMade({ secret, path: ownPath })
  await createFileOnce(ownPath, secret, fileSystem)
  const warning = `${path} does not exist: made a secret for development at ${ownPath}. In an enclave, mount the real one`
  return { secret, path: ownPath, warning }
}

/** Reads a secp256k1 secret of 32 raw bytes. Returns null for a missing file. Throws an Error that names the file and the remedy. */
export async function readEnclaveSecret (path: string, mountTable?: string) {
  const file = await readSecretFile(path, { mountTable }).catch(error => {
    if (error.code === 'ENOENT') return null
    if (error instanceof UnsafeSecretFile) throw new Error(`The enclave's secret ${path} ${error.problem}: ${error.remedy}`, { cause: error })
    if (error instanceof NotRegularFile) throw new Error(`The enclave's secret ${path} ${error.message}: put one of 32 raw bytes there`)
    throw new Error(`The enclave's secret ${path} cannot be read (${error.code}): give this user the right to read it`)
  })
  if (file === null) return null
  if (!isSecret(file.content)) {
    throw new Error(`The enclave's secret ${path} is not a secp256k1 secret: it must be 32 raw bytes, not zero and below the group order`)
  }
  const warning = file.problem === null ? null : `The enclave's secret ${path} ${file.problem}: mount it with mode 0400 and this service's user as its owner`
  return { secret: file.content, warning }
}

export function randomSecret (): Buffer {
  const bytes = randomBytes(32)
  /* c8 ignore next -- one try in 2^128 ends above the group order */
  return isSecret(bytes) ? bytes : randomSecret()
}

function isSecret (bytes: Buffer): boolean {
  return formats['private-key'].validate(bytes.toString('hex'))
}
