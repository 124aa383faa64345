import { strict as assert } from 'node:assert'
import { randomBytes } from 'node:crypto'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DEPLOYMENT, walkDeployment } from '../../../../test/deployment-walk.js'
import { setup } from '../../../../test/fixtures/configuration.js'
import type { Operator } from '../../../../test/fixtures/hosts/operator.js'
import { type Canary, keyCanary, textCanary } from '../../../../test/leaks/canary.js'
import type { Rehearsal } from '../rehearsal.js'

const ENOUGH = 7

/** Runs the commands of the guide that take an enclave over. Returns the secrets that they have made and sent. */
export async function takeOver ({ project, narrator, operator, host }: Pick<Rehearsal, 'project' | 'narrator'> & {
  operator: Operator, host: string
}): Promise<Canary[]> {
  const gasKey = randomBytes(32)
  const path = `/v3/${randomBytes(20).toString('hex')}`
  await symlink(join(project, 'deploy'), join(operator.home, 'deploy'))
  await writeFile(join(operator.home, 'setup.json'), JSON.stringify({
    ...setup,
    runtime_config: {
      ...setup.runtime_config, private_key: gasKey.toString('hex'), http_url: `https://rpc.example${path}`
    },
  }), { mode: 0o600 })
  let commands = 0
  for await (const { command, output, documented } of walkDeployment({
    project, operator, host, isWanted: one => !one.includes('--classic')
  })) {
    assert.equal(output, documented, command)
    narrator.succeeded(command.trim().split('\n').at(-1)!.replace(/^curl -s (\S+).*/, 'curl $1'))
    commands += 1
  }
  assert.ok(commands >= ENOUGH, `${DEPLOYMENT} has ${commands} commands`)
  const { api_key: apiKey } = await operator.profile()
  return [
    keyCanary('API key', Buffer.from(apiKey as string, 'hex')),
    keyCanary('gas key', gasKey),
    textCanary('RPC URL', path),
  ]
}
