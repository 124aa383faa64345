import type { RuntimeConfig, StoredRuntimeConfig } from '../../../schemas/configuration.js'
import { describeFields } from './describe.js'

/** Names a generator's fields, and the enclave's public keys, in the operator's words. */
const GENERATOR_TITLES: Record<string, string> = {
  data: 'Data',
  supported_markets: 'Markets',
  generator_public_key: "Address of the enclave's key",
  generator_ecies_public_key: 'Public key of the enclave',
}

/** Names the runtime config's fields in the operator's words. */
const RUNTIME_TITLES: Record<string, string> = {
  http_url: 'RPC endpoint',
  ws_url: 'WebSocket endpoint',
  start_block: 'First block',
  chain_id: 'Chain ID',
  payment_token: 'Payment token',
  generator_registry: 'Generator registry',
  attestation_verifier: 'Attestation verifier',
  entity_registry: 'Entity registry',
  proof_market_place: 'Proof marketplace',
  staking_token: 'Staking token',
  transfer_verifier_wrapper: 'Transfer verifier',
  zkb_verifier_wrapper: 'zkBob verifier',
  priority_list: 'Priority list',
  input_and_proof_format: 'Proof format',
  zkbob_market_id: 'zkBob market',
  ivs_url: 'Input verification',
  markets: 'Markets',
} satisfies Record<Exclude<keyof RuntimeConfig, 'private_key'>, string>

/** The service makes these fields itself, so `config set` takes none of them. */
const MADE_TITLES: Record<string, string> = {
  params_path: 'Parameter folder',
  runtime_address: 'Address of the gas key',
}

/** Shows a generator's fields, or the enclave's public keys. */
export function describeGenerator (fields: object): string {
  return describeFields(Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [GENERATOR_TITLES[name] ?? name, shownValue(value)])
  ))
}

/** Shows the runtime config's fields. The names that `config set` takes stand beside them. */
export function describeRuntime (fields: object): string {
  return describeFields(Object.fromEntries(Object.entries(fields).map(([name, value]) => {
    const title = name in RUNTIME_TITLES ? `${RUNTIME_TITLES[name]} (${name})` : MADE_TITLES[name] ?? name
    return [title, name === 'markets' ? shownMarkets(value) : shownValue(value)]
  })))
}

function shownValue (value: unknown): unknown {
  return Array.isArray(value) ? value.join(', ') : value
}

/** Shows each market's port and addresses: `7: port 6000, inputs checked by http://…`. */
function shownMarkets (markets: StoredRuntimeConfig['markets']): string {
  const rows = Object.entries(markets).map(([id, { port, ivs_url: ivs, prover_gateway_url: gateway }]) => {
    const parts = [
      port !== undefined && `port ${port}`,
      ivs !== undefined && `inputs checked by ${ivs}`,
      gateway !== undefined && `gateway ${gateway}`,
    ]
    return `${id}: ${parts.filter(Boolean).join(', ')}`
  })
  return rows.join('; ') || 'none'
}
