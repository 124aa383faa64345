/** Examples of the documentation, the same as in docs/first-day.md. None is a secret of anybody. */
export const GENERATOR = '0xb05e1dA573707223574443AC6DD1054A9e3A451F'
export const OPERATOR = '0xBEf74FB32CCeB599EFdE2fa3B2285A9462D207d1'
export const MARKET = '0x07b7d625c70be57115ab18fc435ed0253425671cb91bd6547b7defbc75f52082'

export const generatorConfig = { address: GENERATOR, data: 'Eren', supported_markets: [MARKET] }

const publicRuntimeConfig = {
  start_block: 27432365,
  chain_id: 42170,
  payment_token: '0x28B6670dE9BD7fA4e718bd2D0fDdd27C8639c9b6',
  generator_registry: '0x5f23d4eC6607fb381759151B02795187815b0487',
  attestation_verifier: '0x90201271eD789Ed395ae2F1Cf5b0DC7FD3053176',
  entity_registry: '0x9d3b60F3527f3c07bC0Afd15Bc842D191fCD5c6D',
  proof_market_place: '0x2F1A3149D2798cA9Dfd7445B3cb713B4CD416b7d',
  staking_token: '0x57044769E5aa95590E4f99C174D9b90e9D7300F8',
}

export const runtimeConfig = {
  ws_url: 'wss://arbitrum-nova.example/access-key',
  http_url: 'https://arbitrum-nova.publicnode.com',
  private_key: '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff',
  ...publicRuntimeConfig,
}

export const runtimeConfigView = {
  ws_url: 'wss://arbitrum-nova.example/***',
  http_url: 'https://arbitrum-nova.publicnode.com/',
  ...publicRuntimeConfig,
  params_path: './params/',
  markets: {},
  runtime_address: '0x87c018ef78005f118c53fa9cadf0a4fd367a77a9',
}

export const publicKeys = {
  generator_public_key: '0x7d931fd3f5a12c18cd77f9cb90ff58e677df9479',
  generator_ecies_public_key: '0x02372e17b2c6239bd83517433b83aee90b84ab9c9ab21a40886e54bcbe6afbcc10',
}

export const signature = {
  r: '0xecf163fc9062a3afc83c70b462fac05ea9f2405a7c9eb0f8858594c0c7a50ab2',
  s: '0x427952304526f870296b922eab78d2172685d23cb574da7936f0bb0587d953f7',
  v: 27,
}

export const attestationSignature = {
  r: '0x4f3d33b6db7d7c35dbe0f86bf3fdd8aa1ecd6f37d3421627b20d8002ffe70ceb',
  s: '0x43db645d9fc7bc8fb4af7668b03474cfeb0a9313cd197a8fb9ed665fdc4a2663',
  v: 27,
}

export const runningProcess = {
  name: 'kalypso-generator',
  state: 'RUNNING',
  pid: 2301,
  uptime_seconds: 2,
  started_at: '2026-11-22T19:30:00.000Z',
  stopped_at: null,
  exit_code: null,
  exit_signal: null,
  restarts: 0,
  description: null,
  outdated_configuration: false,
}

/** Stands beside the answer of a change while the generator runs. */
export const RESTART = { restart_required: true, restart_programs: [runningProcess.name] }

export const startingProcess = { ...runningProcess, state: 'STARTING' }
export const stoppingProcess = { ...runningProcess, state: 'STOPPING', uptime_seconds: 120 }
export const stoppedProcess = {
  ...runningProcess,
  state: 'STOPPED',
  pid: null,
  uptime_seconds: null,
  stopped_at: '2026-11-22T19:32:00.000Z',
  exit_code: 0,
  outdated_configuration: null,
}

export const skippedChecks = ['rpc', 'chain_id', 'balance', `ecies_key:${GENERATOR}`, `registration:${GENERATOR}:${MARKET}`].map(name => (
  { name, result: 'skipped', message: 'Not checked: CHAIN_CHECKS is off', remedy: null, code: null, finding: null }
))

export const serviceInfo = {
  version: '0.1.0',
  started_at: '2026-01-01T00:00:00.000Z',
  boot_id: '6f0c7a7be4fd4ad2a76ff0ed3a1c6c2f',
  channel: 'tls',
  attested_address: '0x63a33dfa18ced6fb55f5dba9d09e5f83bc4af1b4',
  spki_sha256: '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  features: ['tls', 'encrypted-bodies', 'replay-protection'],
}
