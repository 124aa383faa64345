/** Values of the documentation's examples, the same as in docs/first-day.md. None is a secret of anybody. */
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

/** Beside the answer of a change while the generator runs. */
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

/** AddressToSign of OPERATOR, encrypted to the enclave whose keys are `publicKeys`. Another enclave cannot read it. */
export const encryptedRequest = {
  request: bytes('04769147ccebeb151998c2280a5704f51205eb3509af49e5b15efa0436070b6ef721176aef4c2915a1ed7e4400e50e76fc8dc76d3d5079' +
  '9353179f4191d76cb665e70c763788312c6e399964038255849c32f699fbb90fbf4cffe40e1636a5e046c599e7ad7dab5084f6dc63e102' +
  '84c9720e3613957641159372759f70ff1cc1aa5721c8181e3060b2058913cdc5d5edb085ff43c67adce6b4'),
  response_key: bytes('04bcfb2f5abf031e51d37694fafc9875b78481bb66930d65110721a1852e38ce8b047fc12828611817cbbd08dda5616815b721c79f4601' +
  'cce9fedaf4a76336efef'),
  signature: bytes('b44e81a41efe982ecf7d86b0acf0f61600d0485b0231090c2d3d6e597fcb913377cc301829c3784b1e23c6b0b6023ee0d8efa4e847bf42' +
  'fb67a262ba0e212e9e1b'),
}

/** An answer to it: a signature, encrypted to response_key and signed by the enclave. */
export const encryptedAnswer = {
  response: bytes('04ecfca4d5e02afa94321d2b3d1bb3bf728a994cbb1906a911315dd9c3883453c1686679c8da5c92e40c0112fbe0052e8daa94ef466545' +
  'c50b4a3d3c0734f4e65b6caf9bf3672b28d101b450682767a8c259113b8980f5d76b2caf18f764046c44d581930964c5385064ecf60bca' +
  '97ecb4fd0cb623619e57efe30530a15f5466be1e401e03a505cb59059e46a1dc80c55b2a721cdc3c9e8feaa870c2c3c95a703c75197e12' +
  '5a478bdce3357bac2b3d963c87cbf342df100603055f7d9887a473b5fc31e6eaad7f512e8c1845cbac9a52cfc26dbd04037e6e2b1d19d7' +
  'f9ab5ce51b7f5783f173fc7ea8cae14491fe996895f06a8e6dc45902c463f5'),
  salt: bytes('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233343536' +
  '3738393a3b3c3d3e3f'),
  signature: bytes('7959bb379ae55644f0547554eedcc8461d894e713e3ab1e91f8070e3c32b81373e2a02229f9c6926d5e3aff0e3660f669616eb8ad2bb82' +
  '2f3748b8117f9867da1c'),
}

function bytes (hex: string): number[] {
  return [...Buffer.from(hex, 'hex')]
}
