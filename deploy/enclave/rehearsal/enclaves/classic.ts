import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { awaitService, killService, walkThrough } from '../operator/acts.js'
import { createClient } from '../operator/client.js'
import { expectRefusal, newOperator, verifyClassic } from '../operator/verdicts.js'
import { openHostProxy } from '../machine/host-proxy.js'
import type { Rehearsal } from '../rehearsal.js'
import { checkConsole, checkKeys, checkKeysKept, checkLog, checkNetwork, checkPrograms } from './checks.js'
import { checkStop, stopService } from './stop.js'
import { checkUsers } from './users.js'

/** The image's variables, changed for the rehearsal: it has no chain. */
const VARIABLES = ['NODE_ENV=production', 'CHAIN_CHECKS=off', 'REQUIRE_ENCRYPTION=true', 'API_KEY_SHA256=']
/** The host as the operator sees it, with the ports of a real one. */
const HOST = '127.77.0.1'
/** `nitro-cli build-enclave` prints the measurements of an image. There is no image here. */
const PCRS = { 0: measurement(), 1: measurement(), 2: measurement() }

/** Plays a classic enclave, from setup.sh on. */
export async function playClassic (rehearsal: Rehearsal): Promise<void> {
  const { project, root, narrator, signal, step, boot, defer } = rehearsal
  const enclave = await boot({ root, entryPoint: ['/app/init', '/app/setup.sh'], variables: VARIABLES, pcrs: PCRS })
  for (const port of [5000, 1300, 1500]) {
    defer((await openHostProxy({ door: enclave.door(port), host: HOST, port })).close)
  }
  const operator = await newOperator({ ...rehearsal, name: 'classic' })
  let apiKey = ''
  let secrets: Buffer[] = []
  await step(`Classic Oyster: setup.sh, with ${VARIABLES.join(' ')}`, async () =>
    awaitService({ client: createClient({ url: `http://${HOST}:5000`, apiKey: () => '', signal }) }))
  await step('Its keys', async () => {
    secrets = await checkKeys({ root })
    return 'mode 0600, in the hands of those who use them'
  })
  await step('Its network', async () => checkNetwork({ enclave }))
  await step('Its programs', async () => checkPrograms({ enclave }))
  await step('Its log', async () => checkLog({ enclave }))
  await step('The document of its identity key, from port 1300', async () => expectRefusal(
    await verifyClassic({ operator, host: HOST, pcrs: PCRS, source: `http://${HOST}:1300/attestation/raw` }),
    /port 1300's identity key/
  ))
  await step('The document of another image', async () => expectRefusal(
    await verifyClassic({ operator, host: HOST, pcrs: { ...PCRS, 0: measurement() } }),
    /PCR0 is \w+, but \w+ is expected/
  ))
  await step('generator-client enclave verify --classic --save', async () => {
    const { code, stdout, stderr } = await verifyClassic({ operator, host: HOST, pcrs: PCRS })
    if (code !== 0) throw new Error(stderr)
    return stdout.split('\n', 1)[0]!
  })
  const tunnel = await operator.connect()
  const client = createClient({ url: tunnel.url, apiKey: () => apiKey, signal })
  await step("generator-client connect, and the guide's commands through it", async () => {
    apiKey = await walkThrough({ project, endpoint: tunnel.url, narrator, signal })
    return 'answered as documented'
  })
  await step('kill -9 of the service', async () => killService({ enclave, client }))
  await step('The user of the generator', async () => checkUsers({ enclave }))
  await step('setup.sh keys, once more', async () => checkKeysKept({ enclave, root, secrets }))
  const gasKey = await readGasKey(root)
  await step('SIGTERM of the service, beside connections that say nothing', async () =>
    checkStop({ enclave, address: { host: HOST, port: 5000 }, stop: async () => await stopService(enclave) }))
  await step('Secrets on its console', async () =>
    checkConsole({ enclave, secrets: [...secrets, Buffer.from(apiKey, 'hex'), gasKey] })
  )
  await enclave.stop()
}

function measurement (): string {
  return randomBytes(48).toString('hex')
}

async function readGasKey (root: string): Promise<Buffer> {
  const text = await readFile(join(root, 'app/generator_config/runtime_config.json'), 'utf8')
  return Buffer.from(JSON.parse(text).runtime_config.private_key, 'hex')
}
