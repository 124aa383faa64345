import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Operator, Tunnel } from './fixtures/hosts/operator.js'

/** The page whose commands take an enclave over. */
export const DEPLOYMENT = 'docs/deployment.md'
const TUNNEL = '127.0.0.1:5000'

export interface DeploymentStep {
  command: string
  /** The real output and the documented one, without what differs from run to run. */
  output: string
  documented: string
}

/**
 * Runs the commands of the page that use `generator-client` and curl, in order, in the operator's home. A command that
 * `connect` has opened a tunnel for goes through it. `host` takes the place of IP, and `values` those of other words.
 */
export async function * walkDeployment ({ project, operator, host, values = {}, isWanted }: {
  project: string
  operator: Operator
  host: string
  values?: Readonly<Record<string, string>>
  isWanted: (command: string) => boolean
}): AsyncGenerator<DeploymentStep> {
  const page = await readFile(join(project, DEPLOYMENT), 'utf8')
  let tunnel: Tunnel | null = null
  try {
    for (const [, command = '', documented = ''] of page.matchAll(/```sh\n([^`]*)```\n(?:```text\n([^`]*)```\n)?/g)) {
      if (!/^(generator-client|API_KEY=.*)/.test(command) || !isWanted(command)) continue
      if (command.startsWith('generator-client connect')) {
        tunnel = await operator.connect()
        yield { command, output: '', documented: '' }
        continue
      }
      const address = tunnel === null ? TUNNEL : new URL(tunnel.url).host
      const words = Object.entries({ IP: host, ...values })
      const line = words.reduce(
        (text, [word, value]) => text.replaceAll(new RegExp(`\\b${word}\\b`, 'g'), value), command
      )
      const { stdout, stderr } = await operator.run('bash', '-c', line.replaceAll(TUNNEL, address))
      yield { command, output: comparable(stdout + stderr), documented: comparable(documented) }
    }
  } finally {
    await tunnel?.close()
  }
}

/** Leaves out keys, times, places and certificates, and what only some supervisors tell. */
function comparable (output: string): string {
  return output
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\d+ s old/g, 'SECONDS old')
    .replaceAll(/^( +(?:Module|Enclave key|Address|Certificate \d) +).*$/gm, '$1…')
    .replaceAll(/saved to \/[^\s:]*/g, 'saved to FILE')
    .replaceAll(/"(boot_id|attested_address|spki_sha256)":"[^"]*"/g, '"$1":"…"')
    .replaceAll(/^ +Restarts after a crash.*\n/gm, '')
    .replaceAll(/(?<=\S) {2,}/g, '  ')
    .trimEnd()
}
