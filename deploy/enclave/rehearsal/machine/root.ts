import { appendFile, chmod, copyFile, cp, mkdir, readFile, readdir, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runIsolated } from './run.js'

/** Numbers of the users that run the service and the operator's programs. */
export const SERVICE_USER = 1000
export const PROGRAM_USER = 999
const GROUP = 1000

/** Debian's part of the image in deploy/enclave/Dockerfile: setup.sh's tools, and the libraries of node. */
const PACKAGES = ['base-files', 'bash', 'coreutils', 'iproute2', 'iptables', 'libstdc++6']
/** The user of node's own image, and that of the Dockerfile, with their common group. */
const USERS = { node: SERVICE_USER, prover: PROGRAM_USER }

/** Debian's standard places. Third-party sources are not used. */
const SOURCES = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']

/**
 * Unpacks Debian's packages into `root`. Takes them from this machine's sources, for its release. Returns the codename.
 */
export async function unpackDebian ({ root, signal }: { root: string, signal: AbortSignal }): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8')
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1] ?? ''
  await runIsolated(
    [
      'mmdebstrap',
      '--quiet',
      '--mode=root',
      '--variant=extract',
      '--format=directory',
      `--include=${PACKAGES.join(',')}`,
      codename,
      root,
      ...SOURCES.filter(existsSync),
    ],
    { signal }
  )
  // The packages' own scripts would do this in an image.
  for (const [name, id] of Object.entries(USERS)) {
    await appendFile(join(root, 'etc/passwd'), `${name}:x:${id}:${GROUP}::/:/usr/sbin/nologin\n`)
  }
  await appendFile(join(root, 'etc/group'), `node:x:${GROUP}:\n`)
  return codename
}

/**
 * Copies what the Dockerfile copies: node, supervisord, the service, our files. Stand-ins replace Oyster's own
 * programs. `supervisors` is a folder of .ci/install-supervisors. Returns the origin of the service, and the list of
 * stand-ins.
 */
export async function placePrograms ({ root, project, supervisors }: {
  root: string, project: string, supervisors: string
}): Promise<{ service: string, standIns: string[] }> {
  const app = join(root, 'app')
  await mkdir(app)
  await mkdir(join(root, 'usr/local/bin'), { recursive: true })
  await copyFile(process.execPath, join(root, 'usr/local/bin/node'))
  await placeProgram(join(supervisors, 'go-0.7.3/supervisord'), join(app, 'supervisord'))
  await placeProgram(join(project, 'deploy/enclave/setup.sh'), join(app, 'setup.sh'))
  await copyFile(join(project, 'deploy/enclave/supervisord.conf'), join(root, 'etc/supervisord.conf'))
  await placeProgram(join(project, 'supervisord/rehearsal-generator.mjs'), join(app, 'kalypso-generator'))
  await copyFile(join(project, 'supervisord/rehearsal-config.mjs'), join(app, 'rehearsal-config.mjs'))
  return { service: await placeService({ project, app }), standIns: await placeStandIns({ project, app }) }
}

async function placeStandIns ({ project, app }: { project: string, app: string }): Promise<string[]> {
  const folder = join(project, 'deploy/enclave/rehearsal/stand-ins')
  const names = (await readdir(folder)).map(file => file.replace(/\.cjs$/, ''))
  for (const name of names) await placeProgram(join(folder, `${name}.cjs`), join(app, name))
  return names
}

async function placeService ({ project, app }: { project: string, app: string }): Promise<string> {
  const release = 'release/generator-client'
  await cp(join(project, release), join(app, 'generator-client'), { recursive: true })
  // The Dockerfile does the same.
  await rm(join(app, 'generator-client/cli'), { recursive: true })
  return release
}

/** Copies a program and makes it executable. */
export async function placeProgram (from: string, to: string): Promise<void> {
  await copyFile(from, to)
  await chmod(to, 0o755)
}
