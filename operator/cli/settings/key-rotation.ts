import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeApiKey } from '../../client/api-key.js'
import type { GeneratorClient } from '../../client/client.js'
import { GeneratorClientError } from '../../client/errors.js'
import { createFileOnce, fileSystem } from '../../../src/files/durable-files.js'
import { UsageError } from '../exit-codes.js'
import type { Settings } from './settings.js'

/** Makes a client with another API key; default: that of the settings. */
type Connect = (apiKey?: string) => GeneratorClient

interface Rotation {
  settings: Settings
  connect: Connect
}

/** The 4xx that say nothing of the key that was sent. */
const OF_THE_MOMENT = [408, 429]

/**
 * Replaces the key in use with a new one. Keeps the new key in a file beside the profile before the service hears of
 * its digest. After an interruption at any point the next command finishes the rotation.
 * Throws what rotateApiKey throws, and a UsageError.
 */
export async function rotateKey ({ settings, connect }: Rotation) {
  settings.assertOwnProfile()
  const key = makeApiKey()
  const file = fileOf(settings)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await createFileOnce(file, `${key}\n`, fileSystem).catch(({ code }: NodeJS.ErrnoException) => {
    throw new UsageError(
      `The new key cannot be kept in ${file} (${code}), and the old one stays. EEXIST: another rotation is under way`
    )
  })
  try {
    const answer = await connect().rotateApiKey(key)
    await adopt(settings, key)
    return answer
  } catch (error) {
    if (isRefused(error)) await rm(file, { force: true })
    throw error
  }
}

/**
 * Finishes a rotation that was interrupted, and returns the key in force. A digest that the service has already changes
 * nothing. Returns null if there is none to finish,
 * or if the service cannot do it now, so that the old key stays.
 * Throws a GeneratorClientError if no answer came.
 */
export async function finishRotation ({
  settings, connect
}: Rotation): Promise<{ apiKey: string, note: string } | null> {
  const key = settings.isOwn ? await readKey(fileOf(settings)) : null
  if (key === null) return null
  for (const shown of [settings.apiKey, key]) {
    try {
      await connect(shown).rotateApiKey(key)
      await adopt(settings, key)
      return {
        apiKey: key,
        note: `The rotation that was interrupted is done, and the new API key saved to ${settings.profilePath}`,
      }
    } catch (error) {
      if (!(error instanceof GeneratorClientError) || error.statusCode === null) throw error
      if (error.statusCode >= 500) return null
      if (shown === key && isRefused(error)) await rm(fileOf(settings), { force: true })
    }
  }
  return null
}

async function adopt (settings: Settings, key: string): Promise<void> {
  await settings.remember({ api_key: key })
  await rm(fileOf(settings), { force: true })
}

function fileOf ({ profilePath }: Settings): string {
  return `${profilePath}.next-key`
}

/** The file's content; null: there is none. */
async function readKey (file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new UsageError(`${file}, the key of a rotation that was interrupted, cannot be read (${error.code})`)
  })
  return text === '' ? null : text.trim()
}

/** Tells whether the service has certainly not taken the key. */
function isRefused (error: unknown): boolean {
  const status = Number((error as Partial<GeneratorClientError>).statusCode)
  return status >= 400 && status < 500 && !OF_THE_MOMENT.includes(status)
}
