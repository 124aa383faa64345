import { randomBytes, randomInt } from 'node:crypto'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type ImagePcrs, measureInitParams, PRESETS } from '../../../operator/attestation/index.js'
import { DEPLOYMENT, walkDeployment } from '../../deployment-walk.js'
import { setup } from '../../fixtures/configuration.js'
import { hostDocuments } from '../../fixtures/hosts/documents.js'
import { startEnclave } from '../../fixtures/hosts/enclave.js'
import { openHost } from '../../fixtures/hosts/host.js'
import { createNsm } from '../../fixtures/hosts/nsm.js'
import { createOperator } from '../../fixtures/hosts/operator.js'
import { projectFolder } from '../../project.js'

const project = projectFolder()

/** An enclave behind an honest host with the usual ports, and an operator before it. */
async function start (t: Test, { pcrs, attestationPort }: {
  pcrs: Record<string, string>, attestationPort: number
}) {
  const folder = t.testdir({})
  const nsm = createNsm()
  const enclave = await startEnclave(t, { folder: join(folder, 'enclave'), nsm, pcrs })
  // Nobody else has this address, so the ports are free.
  const address = `127.${randomInt(64, 250)}.${randomInt(250)}.${randomInt(1, 250)}`
  const host = await openHost({
    address,
    servicePort: 5000,
    attestationPort,
    enclave: enclave.place,
    other: enclave.place,
    documents: hostDocuments({ nsm, ...enclave }),
  })
  t.teardown(host.close)
  const operator = await createOperator({ folder, main: join(project, 'dist/operator/cli/main.js'), root: nsm.root })
  t.teardown(operator.close)
  await symlink(join(project, 'deploy'), join(operator.home, 'deploy'))
  await writeFile(join(operator.home, 'setup.json'), JSON.stringify(setup), { mode: 0o600 })
  return { operator, address }
}

t.test('the commands that take a current enclave over print what the guide says', async t => {
  const compose = await readFile(join(project, 'deploy/enclave/cvm/docker-compose.yml'))
  const pcrs = { ...PRESETS['blue@3.0.0']!, 16: measureInitParams([{ path: 'docker-compose.yml', contents: compose }]) }
  const { operator, address } = await start(t, { pcrs, attestationPort: 1301 })
  let commands = 0
  const isWanted = (command: string): boolean => !command.includes('--classic')
  for await (const { command, output, documented } of walkDeployment({ project, operator, host: address, isWanted })) {
    t.equal(output, documented, command)
    commands += 1
  }
  t.equal(commands, 7, DEPLOYMENT)
})

t.test('the command that verifies a classic enclave works as the guide says', async t => {
  const [PCR0 = '', PCR1 = '', PCR2 = ''] = Array.from({ length: 3 }, () => randomBytes(48).toString('hex'))
  const pcrs: Omit<ImagePcrs, 16> = { 0: PCR0, 1: PCR1, 2: PCR2 }
  const { operator, address } = await start(t, { pcrs: { ...pcrs }, attestationPort: 1500 })
  const isWanted = (command: string): boolean => command.includes('--classic')
  for await (const { output } of walkDeployment({
    project, operator, host: address, values: { PCR0, PCR1, PCR2 }, isWanted
  })) {
    t.match(output, /^The enclave is the expected one/)
  }
  t.match(await operator.profile(), { url: `http://${address}:5000`, attestation: { pcrs, classic: true } })
  t.match(await operator.cli('init-key', '--save'), { code: 0, stderr: '' })
})
