import { decodeWords } from './abi.js'
import type { ReadOutcome } from './contract-reads.js'

export interface GeneratorMarket {
  generator: string
  /** Decimal, or 0x and 64 hex digits for the first generation of the contracts. */
  market: string
}

export interface Market {
  exists: boolean
  /** Requests of a public market are not encrypted to an enclave, so no key is needed. */
  isPublic: boolean
  /** The free stake that a request demands, in the staking token's smallest unit. Null: no getter tells. */
  slashingPenalty: bigint | null
}

export interface Account {
  /** The stake that a new request can lock. Null: no getter tells. */
  freeStake: bigint | null
  /** The offered compute: what is declared minus what the generator intends to give up. */
  usableCompute: bigint
  /** The compute that its markets want for one request each. */
  wantedCompute: bigint
  consumedCompute: bigint
}

/** The image id of an attestation with empty PCRs, which stands for no enclave. */
const NO_ENCLAVE_ID = 0xcd2e66bf0b91eeedc6c648ae9335a78d7c9a4ab0ef33612a824d91cdc68a4f21n
/** Intended utilizations are parts of 10^18. */
const EXPONENT = 10n ** 18n

/** Reads `marketData(uint256)`: an array, which reverts beyond its end, or a mapping. Null: an unknown form. */
export function readMarket (data: ReadOutcome | undefined, { hasPenalty }: { hasPenalty: boolean }): Market | null {
  if (data === null) return { exists: false, isPublic: false, slashingPenalty: null }
  // In Jan 2024 the second word is `bool isEnclaveRequired`. Later it is the image id of the prover's enclave.
  const [verifier, image, penalty] = decodeWords(data ?? '0x')
  if (verifier === undefined || image === undefined || penalty === undefined) return null
  return { exists: verifier !== 0n, isPublic: image === 0n || image === NO_ENCLAVE_ID, slashingPenalty: hasPenalty ? penalty : null }
}

/** Reads `verifier(bytes32)` and `slashingPenalty(bytes32)` of Nov 2023, when every market needed a key. */
export function readMarketByHash (verifier: ReadOutcome | undefined, slashingPenalty: ReadOutcome | undefined): Market | null {
  const [address] = decodeWords(verifier ?? '0x')
  const [penalty] = decodeWords(slashingPenalty ?? '0x')
  if (address === undefined || penalty === undefined) return null
  return { exists: address !== 0n, isPublic: false, slashingPenalty: penalty }
}

/** Recognises Feb 2024 by its offset in the sixth word. Later generations have the creator there. */
export function isOfFebruary2024 (data: ReadOutcome): boolean {
  return decodeWords(data ?? '0x')[5] === 6n * 32n
}

/** Reads `generatorRegistry(address)` or `proverRegistry(address)`. Returns null for no entry of a known form. */
export function readAccount (data: ReadOutcome, { isProver, isByHash }: { isProver: boolean, isByHash: boolean }): Account | null {
  const words = decodeWords(data ?? '0x')
  if (words.length < 7 || words[0] === 0n) return null
  if (isProver) {
    const [, wantedCompute, consumedCompute, , declared, intended] = words as [bigint, bigint, bigint, bigint, bigint, bigint]
    return { freeStake: null, usableCompute: declared * intended / EXPONENT, wantedCompute, consumedCompute }
  }
  const [, total, wantedCompute, consumedCompute, locked, , declared, intendedStake = EXPONENT, intendedCompute = EXPONENT] =
    (isByHash ? words.slice(0, 7) : words) as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint?, bigint?]
  const freeStake = total * intendedStake / EXPONENT - locked
  return {
    freeStake: freeStake < 0n ? 0n : freeStake,
    usableCompute: declared * intendedCompute / EXPONENT,
    wantedCompute,
    consumedCompute,
  }
}
