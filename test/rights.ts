import { spawnSync } from 'node:child_process'

const isRoot = process.getuid!() === 0

/** Put this before a command for which modes of files must count. A capability lets root read and write everything. */
export const WITHOUT_CAPABILITIES = isRoot ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : []

/** The reason why that is impossible here, or false. */
export const cannotDropCapabilities = isRoot && spawnSync(
  'setpriv', ['--version']
).status !== 0 && 'as root this needs setpriv'

/** The reason why no file system can be mounted here, or false. */
export const cannotMount = spawnSync('unshare', [
  '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'
]).status !== 0 && 'a file system can be mounted by root only'

/** The reason why no network namespace can be made here, or false. */
export const cannotUnshare = spawnSync(
  'unshare', ['-n', 'true']
).status !== 0 && 'a network namespace can be made by root only'
