import { strict as assert } from 'node:assert'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setup } from '../../../../test/fixtures/configuration.js'
import { hostDocuments } from '../../../../test/fixtures/hosts/documents.js'
import { openHost } from '../../../../test/fixtures/hosts/host.js'
import { type Canary, keyCanary } from '../../../../test/leaks/canary.js'
import { playHosts } from '../host/hosts.js'
import { checkRecording, checkReplay } from '../host/recording.js'
import type { Enclave } from '../machine/boot.js'
import { copyRoot, makeCurrent, readCompose } from '../machine/current-root.js'
import { ADDRESS, startPlatform } from '../machine/platform.js'
import { SERVICE_USER } from '../machine/root.js'
import { awaitService } from '../operator/acts.js'
import { createClient } from '../operator/client.js'
import { takeOver } from '../operator/deployment.js'
import { makeOwnKey, takeOverWithOwnKey } from '../operator/own-key.js'
import { newOperator } from '../operator/verdicts.js'
import type { Rehearsal } from '../rehearsal.js'
import { checkConsole, checkLog, checkPrograms } from './checks.js'
import { checkStop, stopService } from './stop.js'
import { checkUsers } from './users.js'

/** The image's variables without the chain. */
const VARIABLES = ['NODE_ENV=production', 'CHAIN_CHECKS=off', 'REQUIRE_ENCRYPTION=true']
const NO_KEY = 'API_KEY_SHA256='
const ENTRY_POINT = ['/app/init', '/app/start.sh']
/** The host as the operator sees it, with the ports of a real one. */
const HOST = '127.77.0.2'

/** Plays two containers of current Oyster enclaves, from start.sh on, and the host between the operator and them. */
export async function playCurrent (rehearsal: Rehearsal): Promise<void> {
  const { project, folder, root, nsm, signal, step, boot, defer } = rehearsal
  const compose = await readCompose(project)
  const made = await makeCurrent({ project, root, compose })
  const otherRoot = join(folder, 'other')
  await copyRoot(root, otherRoot)
  const own = makeOwnKey(compose)
  const otherMade = await makeCurrent({ project, root: otherRoot, compose: own.compose })

  const { enclave, place } = await start(root, made.pcrs, NO_KEY)
  await step(`Current Oyster: start.sh, with ${[...VARIABLES, NO_KEY].join(' ')}`, async () => {
    const url = `http://127.0.0.1:${place.service.port}`
    return await awaitService({ client: createClient({ url, apiKey: () => '', signal }) })
  })
  await step('Its key', async () => await checkKey(root, made.secret))
  await step('Its programs', async () => checkPrograms({ enclave }))
  await step('Its log', async () => checkLog({ enclave }))
  await step('Its supervisord', async () => {
    for (const address of ['127.0.0.1:9001', `${ADDRESS}:9051`]) await expectClosed(enclave, address)
    return "off the platform's port 9001, and not to be reached from outside"
  })
  const other = await start(otherRoot, otherMade.pcrs, own.variable)
  const documents = hostDocuments({ nsm, ...made })
  const host = await openHost({
    address: HOST, servicePort: 5000, attestationPort: 1301, enclave: place, other: other.place, documents
  })
  defer(host.close)
  const operator = await newOperator({ ...rehearsal, name: 'current' })
  const secrets: Canary[] = [keyCanary('enclave key', made.secret)]
  await step('The commands of docs/deployment.md, from enclave pcrs to curl', async () => {
    secrets.push(...await takeOver({ ...rehearsal, operator, host: HOST }))
    return 'answered as documented'
  })
  await step('generator-client start, and the user of the generator', async () => {
    const { code, stderr } = await operator.cli('start')
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    return await checkUsers({ enclave })
  })
  await step('The setup of an SDK that does not encrypt, through the tunnel', async () => {
    const tunnel = await operator.connect()
    const { api_key: apiKey } = await operator.profile()
    const client = createClient({ url: tunnel.url, apiKey: () => apiKey as string, signal })
    const { status, body } = await client.call('POST', '/api/generatorConfigSetup', setup)
    assert.deepEqual([status, body.code], [200, undefined])
    await tunnel.close()
    return 'is taken, because TLS ends in the enclave'
  })
  await step('Another enclave, whose compose file has API_KEY_SHA256', async () => {
    const owner = await newOperator({ ...rehearsal, name: 'other' })
    return await takeOverWithOwnKey({ operator: owner, place: other.place, ...own })
  })
  await playHosts({ host, operator, step })
  await step('The host sends to the enclave what it has recorded', async () =>
    await checkReplay({ host, place, enclave }))
  await step('Secrets in what the host has seen', async () => checkRecording({ host, secrets }))
  await step('SIGTERM of the service, beside connections that say nothing', async () =>
    await checkStop({ enclave, address: host.service, stop: async () => await stopService(enclave) }))
  await step('Secrets on its console', async () =>
    checkConsole({ enclave, secrets: secrets.map(({ bytes }) => bytes) }))
  await step('docker stop of the other one, beside such connections', async () =>
    await checkStop({ enclave: other.enclave, address: other.place.service, stop: other.enclave.terminate }))
  await enclave.stop()

  async function start (ownRoot: string, pcrs: Record<string, string>, variable: string) {
    const started = await boot({ root: ownRoot, entryPoint: ENTRY_POINT, variables: [...VARIABLES, variable], pcrs })
    return { enclave: started, place: await startPlatform(started, { defer }) }
  }
}

async function checkKey (root: string, secret: Buffer): Promise<string> {
  const path = join(root, 'app/secp.sec')
  const { mode, uid } = await stat(path)
  assert.deepEqual([mode & 0o777, uid, await readFile(path)], [0o600, SERVICE_USER, secret])
  return 'the mounted one, in the hands of the service'
}

/** Checks from inside the enclave that nothing listens at an address. */
async function expectClosed (enclave: Enclave, address: string): Promise<void> {
  const script = `fetch('http://${address}/').then(() => 'open', error => error.cause.code).then(console.log)`
  assert.equal((await enclave.run('/usr/local/bin/node', '-e', script)).trim(), 'ECONNREFUSED', address)
}
