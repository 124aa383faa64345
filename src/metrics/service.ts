import { Counter, Gauge, type Registry } from 'prom-client'
import type { ObservedCall } from '../timing/observe.js'
import type { Condition } from '../readiness/readiness.js'

export function createServiceInstruments (registers: Registry[]) {
  const ready = new Gauge({
    registers,
    name: 'generator_client_ready',
    help: 'Whether a condition of readiness holds (1) or not (0), see /health/ready.',
    labelNames: ['condition'],
  })
  const changes = new Counter({
    registers,
    name: 'generator_client_config_changes_total',
    help: 'Requested changes of the configuration; outcome is done, or the code of the error.',
    labelNames: ['operation', 'outcome'],
  })

  function readinessChecked (conditions: Condition[]): void {
    for (const { name: condition, problem } of conditions) ready.set({ condition }, problem === null ? 1 : 0)
  }

  function configurationChanged ({ operation, outcome }: ObservedCall): void {
    changes.inc({ operation, outcome })
  }

  return { readinessChecked, configurationChanged }
}
