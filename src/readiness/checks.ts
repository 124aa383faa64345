import { access, constants, statfs } from 'node:fs/promises'
import { basename } from 'node:path'
import { API_KEY_FILE, type ApiKey } from '../access/api-key.js'
import type { ConfigurationStore } from '../config/store.js'
import { CodedError } from '../errors.js'
import { readRegularFile } from '../files/regular-file.js'
import type { SupervisorReading } from '../supervisor/probe.js'

/** A missing key is no problem, because the next step issues it. */
export function checkApiKey ({ damage }: Pick<ApiKey, 'damage'>): string | null {
  return damage === null ? null : `${API_KEY_FILE} ${damage.damage}: any call under /api says how to mend it`
}

/** A missing configuration is no problem, because the service can be set up. */
export async function checkConfiguration (store: Pick<ConfigurationStore, 'read'>): Promise<string | null> {
  try {
    await store.read()
    return null
  } catch (error) {
    if (!(error instanceof CodedError)) throw error
    if (error.code === 'CONFIG_NOT_FOUND') return null
    if (error.code === 'STORAGE_FAILED') return 'the config files cannot be read at the moment: getGeneratorConfig says why'
    const { file } = error.data as { file: string }
    return `${file} is damaged: getGeneratorConfig says how; generatorConfigSetup replaces it`
  }
}

/** The key is in memory. Without its file the next start would fail, or make a key that nobody has registered. */
export async function checkEnclaveKey ({ path, secretHex }: { path: string, secretHex: string }): Promise<string | null> {
  const content = await readRegularFile(path).then(bytes => bytes.toString('hex'), () => null)
  if (content === secretHex) return null
  const what = content === null ? 'cannot be read' : 'is not the one that the service runs with'
  return `${basename(path)}, the enclave's key, ${what}: put it back before the next restart`
}

/** More than the largest setup needs. */
export const MINIMUM_FREE_BYTES = 16 * 1024 * 1024

/** Checks that the data folder can take a change. */
export async function checkStorage ({ folder, minimumFreeBytes }: { folder: string, minimumFreeBytes: number }): Promise<string | null> {
  try {
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize >= minimumFreeBytes ? null : 'the disk of CONFIG_DIR is full: make room on it'
  } catch (error) {
    return `CONFIG_DIR cannot be written (${(error as NodeJS.ErrnoException).code}): mount it again, or give this user the right to write`
  }
}

export function checkSupervisor ({ problem }: SupervisorReading): string | null {
  switch (problem) {
    case null: return null
    case 'SUPERVISOR_TIMEOUT': return 'the supervisor does not answer in time: check whether supervisord hangs or is stopped'
    case 'SUPERVISOR_UNAVAILABLE': return 'the supervisor cannot be reached: check that supervisord runs, and SUPERVISORD_URL or SUPERVISORD_PATH'
    case 'PROGRAM_NOT_FOUND': return 'the supervisor has no program of the name in GENERATOR_PATH: check its [program:…] sections'
  }
}
