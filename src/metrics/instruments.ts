import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { createChainInstruments } from './chain.js'
import { createProgramInstruments } from './programs.js'
import { createRequestInstruments } from './requests.js'
import { createServiceInstruments } from './service.js'

/** These gauges are named like counters. Gauges without the ending give the same numbers by type. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/**
 * All instruments, in a registry of their own. Names follow Prometheus' conventions. Labels come from our own lists
 * (routes, codes, programs), never from a request.
 */
export function createInstruments ({ version }: { version: string }) {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  new Gauge({
    registers, name: 'generator_client_build_info', help: 'Always 1; the label has the version of the service.', labelNames: ['version'],
  }).set({ version }, 1)

  return {
    ...createRequestInstruments(registers),
    ...createServiceInstruments(registers),
    ...createProgramInstruments(registers),
    ...createChainInstruments(registers),
    contentType: registry.contentType,
    /** Prints all figures in Prometheus' text format. */
    print: async () => await registry.metrics(),
  }
}

export type Instruments = ReturnType<typeof createInstruments>
