import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { awaitService, compareAttestation, killService, walkThrough } from './acts.js'
import { checkConsole, checkKeys, checkKeysKept, checkNetwork, checkPrograms } from './checks.js'
import { createClient } from './client.js'
import { openHostProxy } from './host-proxy.js'
import type { Rehearsal } from './rehearsal.js'

/** The image's variables, changed for the rehearsal: it has no chain, and the guide's commands send plain bodies. */
const VARIABLES = ['NODE_ENV=production', 'CHAIN_CHECKS=off', 'REQUIRE_ENCRYPTION=false', 'API_KEY_SHA256=']

/** Plays a classic enclave, from setup.sh on. */
export async function playClassic ({ project, root, narrator, signal, step, boot, defer }: Rehearsal): Promise<void> {
  const enclave = await boot({ entryPoint: '/app/setup.sh', variables: VARIABLES })
  let apiKey = ''
  let secrets: Buffer[] = []
  const client = createClient({ url: await hostProxy(5000), apiKey: () => apiKey, signal })
  await step(`Classic Oyster: setup.sh, with ${VARIABLES.join(' ')}`, async () => awaitService({ client }))
  await step('Its keys', async () => {
    secrets = await checkKeys({ root })
    return 'mode 0600, in the hands of those who use them'
  })
  await step('Its network', async () => checkNetwork({ enclave }))
  await step('Its programs', async () => checkPrograms({ enclave }))
  await step("The guide's commands, from outside through the proxies", async () => {
    apiKey = await walkThrough({ project, endpoint: client.url, narrator, signal })
    return 'answered as documented'
  })
  await step('Its attestation', async () => compareAttestation({ client, attestationUrl: await hostProxy(1500) }))
  await step('kill -9 of the service', async () => killService({ enclave, client }))
  await step('setup.sh keys, once more', async () => checkKeysKept({ enclave, root, secrets }))
  await step('Secrets on its console', async () =>
    checkConsole({ enclave, secrets: [...secrets, Buffer.from(apiKey, 'hex'), await gasKey(root)] })
  )
  await enclave.stop()

  async function hostProxy (port: number): Promise<string> {
    const proxy = await openHostProxy(enclave.door(port))
    defer(proxy.close)
    return proxy.url
  }
}

async function gasKey (root: string): Promise<Buffer> {
  const text = await readFile(join(root, 'app/generator_config/runtime_config.json'), 'utf8')
  return Buffer.from(JSON.parse(text).runtime_config.private_key, 'hex')
}
