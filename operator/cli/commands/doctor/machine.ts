import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../../../../schemas/environment.js'
import { API_KEY_FILE, readKeyFile } from '../../../../src/access/api-key-file.js'
import { isOpenToOthers } from '../../../../src/config/pair/group-access.js'
import { loadEnclaveSecret } from '../../../../src/enclave/secret.js'
import { ACCOUNTS, findGroup } from '../../../../src/machine/accounts.js'
import { checkStorage, MINIMUM_FREE_BYTES } from '../../../../src/readiness/checks.js'
import { failed, type Finding, passed, warned } from './findings.js'

/** `engines` of package.json, which a bundle does not have. */
const OLDEST_NODE = [20, 19]
/** Older lines get no security updates. */
const SUPPORTED_NODE = 22

export function checkNode (version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE
  const remedy = 'Install Node 24 LTS.'
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    return failed('Node', `Node ${version} is too old. ${OLDEST_NODE.join('.')} is the oldest that works`, remedy)
  }
  if (major < SUPPORTED_NODE) {
    return warned('Node', `Node ${version} works, but gets no security updates any more`, remedy)
  }
  return passed('Node', `Node ${version}`)
}

/** Checks the data folder's owner, its rights and space, and the rights of the files in it. */
export async function checkFolder (path: string, { CONFIG_GROUP: group }: Environment): Promise<Finding> {
  const stats = await stat(path).catch(() => null)
  if (stats === null) return passed('Data folder', `${path} is not there yet. The service makes it at its first start`)
  if (!stats.isDirectory()) return failed('Data folder', `${path} is no folder`, 'Set CONFIG_DIR to a folder.')
  const user = process.geteuid!()
  if (stats.uid !== user) {
    return failed(
      'Data folder',
      `${path} belongs to user ${stats.uid}, and this is user ${user}`,
      'Run doctor as the user of the service, or give the folder to that user.'
    )
  }
  const groupId = group === undefined ? null : await findGroup(group, ACCOUNTS)
  if (isOpenToOthers(stats, groupId)) return failed('Data folder', `Other users can enter ${path}`, `chmod 700 ${path}`)
  const open = await filesOpenToOthers(path, groupId)
  if (open.length > 0) {
    return failed(
      'Data folder',
      `Other users can read ${open.join(', ')} in ${path}`,
      `chmod 600 ${open.map(file => join(path, file)).join(' ')}`
    )
  }
  const problem = await checkStorage({ folder: path, minimumFreeBytes: MINIMUM_FREE_BYTES })
  if (problem !== null) {
    return failed('Data folder', `${path}: ${problem}`, 'Mend this first. The service cannot keep a change.')
  }
  return passed('Data folder', `Only its owner can read ${path}, and there is room`)
}

async function filesOpenToOthers (folder: string, groupId: number | null): Promise<string[]> {
  const open: string[] = []
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile() && isOpenToOthers(await stat(join(folder, entry.name)), groupId)) open.push(entry.name)
  }
  return open
}

/** A development key would be made at the next start. */
class NotThereYet extends Error {}

/** Reads the enclave's key, and makes none. */
export async function checkEnclaveKey (
  folder: string,
  { SECP_KEY_PATH: path, NODE_ENV }: Environment
): Promise<Finding> {
  try {
    const assertMayBeMade = async (): Promise<void> => { throw new NotThereYet() }
    const found = await loadEnclaveSecret({ path, folder, production: NODE_ENV === 'production', assertMayBeMade })
    /* c8 ignore next -- only a key on a read-only mount has one */
    if (found.warning !== null) return warned('Enclave key', found.warning, 'Mount the key with mode 0400.')
    return passed('Enclave key', `${found.path} holds a valid key`)
  } catch (error) {
    if (error instanceof NotThereYet) {
      return warned(
        'Enclave key',
        `${path} is not there. The service makes a key for development at its first start`,
        'In an enclave, mount the real key and set NODE_ENV=production.'
      )
    }
    return failed('Enclave key', (error as Error).message, 'Set SECP_KEY_PATH to the 32 bytes of the secp256k1 key.')
  }
}

export async function checkApiKey (folder: string): Promise<Finding> {
  const state = await readKeyFile(join(folder, API_KEY_FILE))
  if ('missing' in state) {
    return warned(
      'API key', 'The service has issued no key yet', 'Start the service, then: generator-client init-key --save'
    )
  }
  if ('damage' in state) return failed('API key', `${API_KEY_FILE} ${state.damage}`, `${state.remedy}.`)
  return passed('API key', 'The service knows its key')
}
