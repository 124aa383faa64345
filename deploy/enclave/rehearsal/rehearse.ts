import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNsm } from '../../../test/fixtures/hosts/nsm.js'
import type { Narrator } from '../../../tools/demo/narration/narrator.js'
import { playClassic } from './enclaves/classic.js'
import { playCurrent } from './enclaves/current.js'
import { bootEnclave } from './machine/boot.js'
import { leftBehind } from './machine/left-behind.js'
import { openNsmDevice } from './machine/nsm.js'
import { placePrograms, unpackDebian } from './machine/root.js'
import { runIsolated } from './machine/run.js'
import type { Rehearsal } from './rehearsal.js'

const EXIT = { success: 0, failure: 1, interrupted: 130 }
const SHOWN_CONSOLE_LINES = 20
/** An interrupted program may still write for a moment, so this retries. */
const REMOVAL = { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }

/**
 * Plays the life of both kinds of enclave, and clears everything away in any case. `supervisors` is a folder of
 * .ci/install-supervisors, which this fills if it is missing. Returns the exit code.
 */
export async function rehearse ({ project, supervisors, narrator, signal }: {
  project: string, supervisors: string | undefined, narrator: Narrator, signal: AbortSignal
}): Promise<number> {
  const startedAt = performance.now()
  const folder = await mkdtemp(join(tmpdir(), 'enclave-rehearsal-'))
  const undo = [async () => rm(folder, REMOVAL)]
  const nsm = createNsm()
  let enclaveConsole: string[] = []
  const rehearsal: Rehearsal = {
    project,
    folder,
    root: join(folder, 'root'),
    nsm,
    narrator,
    signal,
    defer: one => { undo.push(one) },
    boot: async options => {
      const { root, pcrs } = options
      undo.push((await openNsmDevice({ nsm, root, pcrs })).close)
      const enclave = await bootEnclave({ ...options, signal })
      undo.push(enclave.stop)
      enclaveConsole = enclave.console
      return enclave
    },
    step: async (title, work) => {
      signal.throwIfAborted()
      const began = performance.now()
      narrator.step(title)
      narrator.succeeded(`${await narrator.during(title, work())}, ${seconds(began)}`)
    },
  }

  let exitCode = EXIT.success
  try {
    await setUp({ ...rehearsal, supervisors: supervisors ?? join(folder, 'supervisors') })
    await playClassic(rehearsal)
    await playCurrent(rehearsal)
    narrator.say(`\nAll as it should be, in ${seconds(startedAt)}.`)
  } catch (error) {
    exitCode = signal.aborted ? EXIT.interrupted : EXIT.failure
    if (!signal.aborted) {
      narrator.failed((error as Error).message)
      for (const line of enclaveConsole.slice(-SHOWN_CONSOLE_LINES)) narrator.say(`   ${line}`)
    }
  }
  for (const one of undo.reverse()) await one()
  const rest = await leftBehind(folder)
  narrator.say(
    rest.length === 0 ? 'Nothing is left behind: no process, mount or file.' : `Left behind: ${rest.join(', ')}`
  )
  return rest.length === 0 ? exitCode : EXIT.failure
}

async function setUp (
  { project, root, supervisors, signal, step }: Rehearsal & { supervisors: string }
): Promise<void> {
  await step('Go supervisord', async () => {
    await runIsolated([join(project, '.ci/install-supervisors'), supervisors], { signal })
    return 'the real one, of .ci/install-supervisors'
  })
  await step(
    'A root file system',
    async () => `Debian ${await unpackDebian({ root, signal })}, with the packages of the image`
  )
  await step('Its programs', async () => {
    const { service, standIns } = await placePrograms({ root, project, supervisors })
    const standInsFor = `${standIns.join(', ')}, the security module, the vsock and the generator`
    return `Node ${process.version}, the service from ${service}; stand-ins for ${standInsFor}`
  })
}

function seconds (startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
}
