import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAnvil } from '../../test/anvil.js'
import { deployGeneration, type DeployedGeneration } from '../../test/contracts/generations.js'
import { freePort } from './free-port.js'
import { runService, type ServiceProcess } from './service.js'

/** The market that the generator serves. Markets are numbered from 0. */
export const MARKET = '7'

/** The stage of the day: a chain with the rehearsal contracts of June 2025, and the service. */
export interface Stage {
  /** URL of the service. */
  url: string
  service: ServiceProcess
  /** The service keeps all its files there. */
  folder: string
  chain: DeployedGeneration
  chainUrl: string
  chainId: number
  /** The generator's address on loopback for the market. */
  marketPort: number
}

/** Registers what undoes a part of the stage, as soon as that part exists. */
export type Defer = (undo: () => Promise<void>) => void

/** Sets the stage in a temporary folder, on free ports of loopback. */
export async function setStage ({ defer, signal }: { defer: Defer, signal: AbortSignal }): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'generator-client-demo-'))
  defer(async () => await rm(folder, { recursive: true }))
  const service = runService({ folder })
  defer(service.stop)
  // The code below awaits this promise. An earlier rejection must not count as unhandled.
  service.listening.catch(() => {})
  const anvil = await startAnvil()
  defer(anvil.stop)
  signal.throwIfAborted()
  const chain = await deployGeneration(anvil.url, 'jun-2025')
  while (await chain.createMarket() !== MARKET) signal.throwIfAborted()
  const url = await service.listening
  return { url, service, folder, chain, chainUrl: anvil.url, chainId: anvil.chainId, marketPort: await freePort() }
}
