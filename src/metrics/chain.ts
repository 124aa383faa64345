import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Account } from '../chain/checks/runtime-checks.js'
import type { PreflightCheck } from '../chain/checks/findings.js'

/** Measures the last checks of the configuration in force: those of a start, a restart, or the preflight endpoint. */
export function createChainInstruments (registers: Registry[]) {
  const checks = new Gauge({
    registers,
    name: 'generator_client_preflight_checks',
    help: 'Number of the last checks on the chain; outcome is pass, warning, fail or skipped.',
    labelNames: ['check', 'outcome'],
  })
  const checkedAt = withoutSample(new Gauge({
    registers, name: 'generator_client_preflight_last_run_timestamp_seconds', help: 'When the last checks on the chain ended, in seconds since the epoch.',
  }))
  const balance = withoutSample(new Gauge({
    registers, name: 'generator_client_runtime_key_balance_ether', help: 'Balance of the runtime key at the last checks.',
  }))
  const height = withoutSample(new Gauge({
    registers, name: 'generator_client_chain_block_height', help: 'Height of the chain at the last checks.',
  }))
  const durations = new Histogram({
    registers,
    name: 'generator_client_rpc_request_duration_seconds',
    help: 'HTTP exchanges with the RPC endpoint, each a batch or a single call; outcome is answered or failed.',
    labelNames: ['outcome'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  })

  const limits = new Counter({
    registers, name: 'generator_client_rpc_limits_total', help: 'Answers by which the RPC provider refused calls for the limit of its plan.',
  })

  function preflightDone (findings: PreflightCheck[]): void {
    checks.reset()
    // Label with the kind of check only. A label per address would create thousands of series.
    for (const { name, result } of findings) checks.inc({ check: name.replace(/:.*/, ''), outcome: result })
    checkedAt.setToCurrentTime()
  }

  function accountRead ({ balanceWei, blockNumber }: Account): void {
    balance.set(Number(balanceWei) / 1e18)
    if (blockNumber !== null) height.set(Number(blockNumber))
  }

  function rpcExchanged (seconds: number, error: unknown): void {
    durations.observe({ outcome: error === null ? 'answered' : 'failed' }, seconds)
  }

  function rpcLimited (): void {
    limits.inc()
  }

  return { preflightDone, accountRead, rpcExchanged, rpcLimited }
}

/** prom-client starts at 0, which would read as a balance. */
function withoutSample (gauge: Gauge): Gauge {
  gauge.remove()
  return gauge
}
