import type { AttestationForm } from './attestation.js'

export type GenerationId = 'nov-2023' | 'jan-2024' | 'feb-2024' | 'oct-2024' | 'dec-2024' | 'feb-2025' | 'jun-2025'

/** Lists the particulars of a generation of the Kalypso contracts, as read in the sources at `commit`. */
export interface Generation {
  /** A commit of marlinprotocol/kalypso-contracts. */
  commit: string
  /** Its file in test/contracts/generations, without the ending. */
  source: string
  /** The contract that generators register with. */
  registry: 'GeneratorRegistry' | 'ProverRegistry' | 'ProverManager'
  marketplace: 'ProofMarketPlace' | 'ProofMarketplace'
  /** A generator's account of itself: stake, compute. */
  entry: 'generatorRegistry(address)' | 'proverRegistry(address)'
  /** The registry's getter of a generator's market. Its first word is 1 JOINED or 4 REQUESTED_FOR_EXIT, never 2 or 3. */
  info: `${'generator' | 'prover'}InfoPerMarket(address,${MarketId})`
  infoWords: 5 | 6
  /** The registry's view with compute taken into account: (state, idle compute), 2 NO_COMPUTE_AVAILABLE and 3 WIP among the states. */
  state: `get${'Generator' | 'Prover'}State(address,${MarketId})`
  marketId: MarketId
  /** The registry's getter of its marketplace. */
  marketplaceOf: 'proofMarketPlace()' | 'proofMarketplace()'
  publicKey: 'pub_key(address)' | 'pub_key(address,uint256)'
  /** null: the marketplace's admin sets keys, with any bytes for an attestation. */
  attestation: AttestationForm | null
  /** This call signs the key in updateEncryptionKey. joinMarketplace, where it takes a key, always wants signAttestation. */
  updateSignature: 'signAddress' | 'signAttestation' | null
  joinTakesKey: boolean
  keyOnce: boolean
  /** marketData(uint256) answers so for a market that does not exist; null: it is not public. */
  missingMarket: 'zeros' | 'reverts' | null
  /** The image of a market says that it is public. */
  publicMarkets: boolean
  hasSlashingPenalty: boolean
  stake: 'registry' | 'staking-manager'
  /** requestForExit leaves a market at once, if the generator owes nothing. */
  exitLeaves: boolean
  /** Names of errors, or texts where the generation has texts. null: no call fails so. */
  reverts: Reverts
}

export type MarketId = 'bytes32' | 'uint256'

export interface Reverts {
  keyUsed: string | null
  keyOfPublicMarket: string | null
  wrongSignature: string | null
  wrongImage: string | null
  /** joinMarketplace by an account that is not registered. */
  joinUnregistered: string
  /** joinMarketplace of a market that does not exist; '' where it reverts without a reason. */
  joinMissingMarket: string
  joinTwice: string
  computeTooLow: string
  exitTwice: string
  leaveOwing: string
  /** An assignment to a generator that has no compute, or no stake, for it. */
  assignWithoutCompute: string
  assignWithoutStake: string
}

const TEXTS_2024 = {
  keyUsed: 'G13',
  keyOfPublicMarket: null,
  wrongSignature: 'A10',
  wrongImage: null,
  joinUnregistered: 'G2',
  joinMissingMarket: 'M1',
  joinTwice: 'M2',
  computeTooLow: 'M3',
  exitTwice: 'G8',
  leaveOwing: 'M4',
  assignWithoutCompute: 'G4',
  assignWithoutStake: 'A5',
}

const ERRORS = {
  keyUsed: 'EnclaveKeyNotVerified',
  keyOfPublicMarket: 'PublicMarketsDontNeedKey',
  wrongSignature: 'InvalidEnclaveSignature',
  wrongImage: 'IncorrectImageId',
  joinUnregistered: 'CannotBeZero',
  joinMissingMarket: '',
  joinTwice: 'AlreadyJoinedMarket',
  computeTooLow: 'CannotBeMoreThanDeclaredCompute',
  leaveOwing: 'CannotLeaveMarketWithActiveRequest',
}

const GENERATOR_ERRORS = {
  ...ERRORS,
  exitTwice: 'OnlyValidGeneratorsCanRequestExit',
  assignWithoutCompute: 'AssignOnlyToIdleGenerators',
  assignWithoutStake: 'InsufficientStakeToLock',
}

const PROVER_ERRORS = {
  ...ERRORS, exitTwice: 'OnlyValidProversCanRequestExit', assignWithoutCompute: 'AssignOnlyToIdleProvers'
}

const GENERATORS = {
  registry: 'GeneratorRegistry',
  entry: 'generatorRegistry(address)',
  infoWords: 5,
  hasSlashingPenalty: true,
  stake: 'registry',
} as const

const SINCE_2024 = {
  marketId: 'uint256',
  keyOnce: true,
} as const

const GENERATORS_SINCE_2024 = {
  ...GENERATORS,
  ...SINCE_2024,
  info: 'generatorInfoPerMarket(address,uint256)',
  state: 'getGeneratorState(address,uint256)',
} as const

const SINCE_OCTOBER_2024 = {
  marketplace: 'ProofMarketplace',
  marketplaceOf: 'proofMarketplace()',
  publicKey: 'pub_key(address,uint256)',
  attestation: 'oct-2024',
  updateSignature: 'signAttestation',
  joinTakesKey: true,
  missingMarket: 'reverts',
  publicMarkets: true,
  exitLeaves: true,
} as const

const PROVERS = {
  ...SINCE_2024,
  ...SINCE_OCTOBER_2024,
  entry: 'proverRegistry(address)',
  info: 'proverInfoPerMarket(address,uint256)',
  state: 'getProverState(address,uint256)',
  stake: 'staking-manager',
} as const

export const GENERATIONS: Readonly<Record<GenerationId, Generation>> = {
  'nov-2023': {
    ...GENERATORS,
    commit: 'd3bb65c',
    source: 'Nov2023',
    marketplace: 'ProofMarketPlace',
    info: 'generatorInfoPerMarket(address,bytes32)',
    state: 'getGeneratorState(address,bytes32)',
    marketId: 'bytes32',
    marketplaceOf: 'proofMarketPlace()',
    publicKey: 'pub_key(address)',
    attestation: null,
    updateSignature: null,
    joinTakesKey: false,
    keyOnce: false,
    missingMarket: null,
    publicMarkets: false,
    exitLeaves: false,
    reverts: {
      keyUsed: null,
      keyOfPublicMarket: null,
      wrongSignature: null,
      wrongImage: null,
      joinUnregistered: '5',
      joinMissingMarket: '7',
      joinTwice: '8',
      computeTooLow: '9',
      exitTwice: '34',
      leaveOwing: '10',
      assignWithoutCompute: '12',
      assignWithoutStake: '14',
    },
  },
  'jan-2024': {
    ...GENERATORS_SINCE_2024,
    commit: 'b450d98',
    source: 'Jan2024',
    marketplace: 'ProofMarketPlace',
    marketplaceOf: 'proofMarketPlace()',
    publicKey: 'pub_key(address)',
    attestation: 'jan-2024',
    updateSignature: 'signAddress',
    joinTakesKey: false,
    missingMarket: 'zeros',
    publicMarkets: false,
    exitLeaves: false,
    reverts: TEXTS_2024,
  },
  'feb-2024': {
    ...GENERATORS_SINCE_2024,
    commit: '60ddae0',
    source: 'Feb2024',
    marketplace: 'ProofMarketplace',
    marketplaceOf: 'proofMarketplace()',
    publicKey: 'pub_key(address,uint256)',
    attestation: 'feb-2024',
    updateSignature: 'signAddress',
    joinTakesKey: true,
    missingMarket: 'zeros',
    publicMarkets: true,
    exitLeaves: true,
    // The check for public markets comes before this one, but its condition is always true.
    reverts: { ...TEXTS_2024, wrongImage: 'A11', keyOfPublicMarket: 'A11' },
  },
  'oct-2024': {
    ...GENERATORS_SINCE_2024, ...SINCE_OCTOBER_2024, commit: '7eee5e7', source: 'Oct2024', reverts: GENERATOR_ERRORS
  },
  'dec-2024': {
    ...PROVERS,
    commit: 'd6ecf9c',
    source: 'Dec2024',
    registry: 'ProverRegistry',
    infoWords: 5,
    hasSlashingPenalty: true,
    reverts: { ...PROVER_ERRORS, assignWithoutStake: 'Insufficient stake to lock' },
  },
  'feb-2025': {
    ...PROVERS,
    commit: '7cf6586',
    source: 'Feb2025',
    registry: 'ProverManager',
    infoWords: 6,
    hasSlashingPenalty: false,
    reverts: { ...PROVER_ERRORS, assignWithoutStake: 'InsufficientStakeAmount' },
  },
  'jun-2025': {
    ...GENERATORS_SINCE_2024, ...SINCE_OCTOBER_2024, commit: '66d489f', source: 'Jun2025', reverts: GENERATOR_ERRORS
  },
}
