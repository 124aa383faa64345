/** The configuration of a service under measurement. */
export const SETUP = {
  generator_config: [{ address: numberedAddress(1), data: 'bench', supported_markets: ['1'] }],
  runtime_config: {
    ws_url: 'wss://rpc.example',
    http_url: 'https://rpc.example',
    private_key: '11'.repeat(32),
    start_block: 1,
    chain_id: 1,
    payment_token: numberedAddress(2),
    generator_registry: numberedAddress(3),
    attestation_verifier: numberedAddress(4),
    entity_registry: numberedAddress(5),
    proof_market_place: numberedAddress(6),
    staking_token: numberedAddress(7),
  },
}

export function numberedAddress (number: number): string {
  return `0x${String(number).padStart(40, '0')}`
}
