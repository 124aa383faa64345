import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { ACCOUNTS, findGroup, findUser } from '../../../machine/accounts.js'
import type { ConfPlace, Findings } from './findings.js'
import type { Placed } from './section-reader.js'
import type { UserName } from './values.js'

/** The machine that programs run on. */
export interface Machine {
  /** The effective user id of the service. */
  userId: number
  /** The folders that are searched for programs, as in PATH. */
  searchPath: string
  /** The folder of `passwd` and `group`. */
  accounts: string
}

export function thisMachine (): Machine {
  return { userId: process.geteuid!(), searchPath: String(process.env['PATH']), accounts: ACCOUNTS }
}

/** The wanted user and umask, the latter in octal digits. */
export interface Identity { user: Placed<UserName> | null, umask: Placed<string> | null }

export type Launchers = ReturnType<typeof createLaunchers>

/** A shell would read the arguments anew. Node cannot replace its process by another program before version 22.15. */
const SET_UMASK = 'umask oct shift; exec { $ARGV[0] } @ARGV; print STDERR "cannot run $ARGV[0]: $!\\n"; exit 127'

/**
 * Runs programs as another user by util-linux's setpriv, which also sets the supplementary groups. Sets another umask by
 * perl. Both then run the program in their own place, with the same pid. A null `machine` stands for another machine, so
 * its needs are findings.
 */
export function createLaunchers ({ machine, findings }: { machine: Machine | null, findings: Findings }) {
  /** Keyed by user and place, because numprocs asks for the same several times. */
  const users = new Map<string, Promise<string[]>>()

  async function becomeUser (wanted: Placed<UserName> | null): Promise<string[]> {
    if (wanted === null) return []
    const { value: { user, group }, place } = wanted
    if (machine === null) {
      return report(place, 'a service that runs as root, setpriv of util-linux, and the user, unless it is the service\'s own', 'needs')
    }
    // A user that is given by number needs an entry, too, because setpriv reads the supplementary groups from it.
    const found = await findUser(user, machine.accounts)
    if (found === null) return report(place, `the user ${user} does not exist here: add it, or name another one`)
    const groupId = group === null ? found.groupId : await findGroup(group, machine.accounts)
    if (groupId === null) return report(place, `the group ${group} does not exist here: add it, or name another one`)
    if (found.userId === machine.userId && group === null) return []
    if (machine.userId !== 0) return report(place, `only root may start a program as another user, and the service runs as user ${machine.userId}: start the service as root, or remove the line`)
    const setpriv = await findExecutable('setpriv', machine.searchPath)
    if (setpriv === null) return report(place, 'needs setpriv, which is not in the PATH of the service: install util-linux, or remove the line')
    const launcher = [setpriv, `--reuid=${found.userId}`, `--regid=${groupId}`, '--init-groups', '--']
    const trouble = await findTrouble([...launcher, setpriv, '--version'])
    if (trouble !== null) return report(place, `setpriv cannot become this user (${trouble}): install util-linux, and give the service the rights of root`)
    return launcher
  }

  async function setUmask ({ value: digits, place }: Placed<string>): Promise<string[]> {
    if (machine === null) return report(place, 'perl', 'needs')
    const perl = await findExecutable('perl', machine.searchPath)
    if (perl === null) return report(place, 'needs perl, which is not in the PATH of the service: install it, or remove the line')
    return [perl, '-e', SET_UMASK, '--', digits]
  }

  function report (place: ConfPlace, message: string, verdict: 'refused' | 'needs' = 'refused'): string[] {
    findings.add({ ...place, verdict, message })
    return []
  }

  /** Returns the words that come before a command with a user or a umask. Whatever prevents it is a finding. */
  async function find ({ user, umask }: Identity): Promise<string[]> {
    const id = JSON.stringify(user)
    const becoming = users.get(id) ?? becomeUser(user)
    users.set(id, becoming)
    return [...await becoming, ...umask === null ? [] : await setUmask(umask)]
  }

  return { find }
}

async function findExecutable (name: string, searchPath: string): Promise<string | null> {
  for (const folder of searchPath.split(':').filter(path.isAbsolute)) {
    const file = path.join(folder, name)
    if (await access(file, constants.X_OK).then(() => true, () => false)) return file
  }
  return null
}

/** Returns the last line of a command that fails, or null. */
async function findTrouble ([command = '', ...args]: string[]): Promise<string | null> {
  return await promisify(execFile)(command, args).then(() => null, ({ stderr, code }) => String(stderr).trim().split('\n').at(-1) || `exit code ${code}`)
}
