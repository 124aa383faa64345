import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Narrator } from '../../demo/narrator.js'
import { awaitService, compareAttestation, killService, walkThrough } from './acts.js'
import { bootEnclave } from './boot.js'
import { checkConsole, checkKeys, checkKeysKept, checkNetwork, checkPrograms } from './checks.js'
import { createClient } from './client.js'
import { openHostProxy } from './host-proxy.js'
import { leftBehind } from './left-behind.js'
import { placePrograms, unpackDebian } from './root.js'
import { run } from './run.js'

/** No chain is to be had in there: everything else is as in the image. */
const VARIABLES = ['CHAIN_CHECKS=off']

/** Plays a classic enclave's life from setup.sh on, and clears everything away, whatever happens. Gives the exit code. */
export async function rehearse ({ project, supervisors, narrator, signal }: {
  project: string, supervisors: string | undefined, narrator: Narrator, signal: AbortSignal
}): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'enclave-rehearsal-'))
  const undo: (() => Promise<void>)[] = [async () => rm(folder, { recursive: true, force: true })]
  let enclaveConsole: string[] = []
  let exitCode = 0
  const startedAt = performance.now()

  /** One numbered step: its outcome, or the end of the rehearsal. */
  async function step (title: string, work: () => Promise<string>): Promise<void> {
    signal.throwIfAborted()
    const began = performance.now()
    narrator.step(title)
    narrator.succeeded(`${await narrator.during(title, work())}, ${((performance.now() - began) / 1000).toFixed(1)} s`)
  }

  try {
    await play({ folder, project, supervisors, narrator, signal, step, defer: one => { undo.push(one) }, showConsole: lines => { enclaveConsole = lines } })
    narrator.say(`\nAll as it should be, in ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`)
  } catch (error) {
    exitCode = signal.aborted ? 130 : 1
    if (!signal.aborted) {
      narrator.failed((error as Error).message)
      for (const line of enclaveConsole.slice(-20)) narrator.say(`   ${line}`)
    }
  }
  for (const one of undo.reverse()) await one()
  const rest = await leftBehind(folder)
  narrator.say(rest.length === 0 ? 'Nothing is left behind: no process, mount or file.' : `Left behind: ${rest.join(', ')}`)
  return rest.length === 0 ? exitCode : 1
}

interface Play {
  folder: string
  project: string
  supervisors: string | undefined
  narrator: Narrator
  signal: AbortSignal
  step: (title: string, work: () => Promise<string>) => Promise<void>
  /** What is to be done at the end, last come first. */
  defer: (undo: () => Promise<void>) => void
  /** The console's lines, shown where something fails. */
  showConsole: (lines: string[]) => void
}

async function play ({ folder, project, supervisors, narrator, signal, step, defer, showConsole }: Play): Promise<void> {
  const root = join(folder, 'root')
  const options = { root, project, supervisors: supervisors ?? join(folder, 'supervisors'), signal }
  if (supervisors === undefined) {
    await step('Build Go supervisord', async () => {
      await run(join(project, '.ci/install-supervisors'), [options.supervisors], { signal })
      return 'as .ci/install-supervisors does'
    })
  }
  await step('Unpack a root file system', async () => `Debian ${await unpackDebian(options)}`)
  await step('Place the programs', async () => {
    const { service, standIns } = await placePrograms(options)
    return `the service from ${service}; stand-ins for ${standIns.join(', ')}, the vsock and the generator`
  })

  const enclave = await bootEnclave({ root, variables: VARIABLES, signal })
  defer(enclave.stop)
  showConsole(enclave.console)
  let apiKey = ''
  const client = createClient({ url: await hostProxy(5000), apiKey: () => apiKey, signal })
  await step(`Boot it: setup.sh in namespaces of its own, with ${VARIABLES.join(' ')}`, async () => awaitService({ client }))
  let secrets: Buffer[] = []
  await step('Keys', async () => {
    secrets = await checkKeys({ root })
    return `${secrets.length} secrets of mode 0600, in the hands of those who use them`
  })
  await step('Network', async () => checkNetwork({ enclave }))
  await step('Programs', async () => checkPrograms({ enclave }))
  await step("The README's commands, from outside", async () => {
    apiKey = await walkThrough({ project, endpoint: client.url, narrator, signal })
    return 'answered as documented'
  })
  const attestationUrl = await hostProxy(1500)
  await step('Attestation', async () => compareAttestation({ client, attestationUrl }))
  await step('kill -9 of the service', async () => killService({ enclave, client }))
  await step('Run a part of setup.sh again', async () => checkKeysKept({ enclave, root, secrets }))
  await step('Secrets on the console', async () => checkConsole({ enclave, secrets: [...secrets, Buffer.from(apiKey, 'hex'), await gasKey(root)] }))

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
