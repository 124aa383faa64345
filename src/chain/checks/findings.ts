import type { StoredGenerator } from '../../../schemas/configuration.js'
import type { ErrorCode } from '../../errors.js'

/** The findings and their meanings. `npm run docs` makes the table of docs/api.md from them. */
export const FINDINGS = {
  'not-a-contract': { result: 'fail', meaning: 'The configured address of a registry has no code on this chain.' },
  'other-marketplace': { result: 'warning', meaning: 'The configured proof marketplace is not the one that the registry names, from which requests come.' },
  'market-missing': { result: 'fail', meaning: 'The proof marketplace of the registry has no such market.' },
  'requested-exit': { result: 'warning', meaning: 'The generator asked to leave the market: it gets no new requests, and finishes those that it owes.' },
  'no-compute': { result: 'warning', meaning: 'All compute of the generator is in use or given up: it gets no new requests until some is free.' },
  'stake-too-low': { result: 'warning', meaning: "The free stake is below the market's slashing penalty: no request can be assigned." },
  'compute-too-low': { result: 'warning', meaning: 'The generator offers less compute than one request of each of its markets needs.' },
  'key-elsewhere': { result: 'warning', meaning: "The enclave's key is on record for another market or generator, and a key registry takes it once only." },
  'decimal-market-wanted': { result: 'warning', meaning: 'The market id is in 0x form, but the listener of these contracts reads decimal ids only.' },
  'hash-market-wanted': { result: 'warning', meaning: 'The market id is decimal, but the listener of these contracts reads 0x ids only.' },
} as const satisfies Record<string, { result: 'fail' | 'warning', meaning: string }>

export type FindingWord = keyof typeof FINDINGS

/** One finding. `code` is the error of a failing check that is the only subject (setup, update). */
export interface PreflightCheck {
  /**
   * One of allChecks. Further names appear only when there is something to say: `contract:{field}`, `market:{market}`,
   * `stake`, `stake:{address}:{market}`, `compute:{address}`.
   */
  name: string
  /** A warning does not prevent a start. */
  result: 'pass' | 'warning' | 'fail' | 'skipped'
  message: string
  /** Tells the operator what to do about a failure or warning. Null: nothing. */
  remedy: string | null
  code: ErrorCode | null
  /** Null for a result that is no finding of FINDINGS. */
  finding: FindingWord | null
}

export function passed (name: string, message: string): PreflightCheck {
  return { name, result: 'pass', message, remedy: null, code: null, finding: null }
}

export function failed (name: string, { code = 'PREFLIGHT_FAILED', message, remedy, finding }: {
  code?: ErrorCode, message: string, remedy: string, finding?: FindingWord
}): PreflightCheck {
  return { name, result: 'fail', message, remedy, code, finding: finding ?? null }
}

export function warned (name: string, { message, remedy, finding }: { message: string, remedy: string, finding: FindingWord }): PreflightCheck {
  return { name, result: 'warning', message, remedy, code: null, finding }
}

export function skipped (name: string, reason: string): PreflightCheck {
  return { name, result: 'skipped', message: reason, remedy: null, code: null, finding: null }
}

export const RUNTIME_CHECKS = ['rpc', 'chain_id', 'balance']

export const eciesKeyCheck = (address: string): string => `ecies_key:${address}`
export const registrationCheck = (address: string, market: string): string => `registration:${address}:${market}`

/** Names all checks of a configuration, in their order in answers. */
export function allChecks (generators: StoredGenerator[]): string[] {
  return [
    ...RUNTIME_CHECKS,
    ...generators.map(({ address }) => eciesKeyCheck(address)),
    ...generators.flatMap(({ address, supported_markets: markets }) => markets.map(market => registrationCheck(address, market))),
  ]
}

/** Orders findings by `names` and adds a `skipped` one for each missing name. Others follow, contracts first. */
export function withSkipped ({ found, names, reason }: { found: PreflightCheck[], names: string[], reason: string }): PreflightCheck[] {
  const byName = new Map(found.map(check => [check.name, check]))
  const known = new Set(names)
  const others = found.filter(({ name }) => !known.has(name))
  const ofContracts = others.filter(({ name }) => name.startsWith('contract:'))
  const listed = names.map(name => byName.get(name) ?? skipped(name, reason))
  return [
    ...listed.slice(0, RUNTIME_CHECKS.length),
    ...ofContracts,
    ...listed.slice(RUNTIME_CHECKS.length),
    ...others.filter(check => !ofContracts.includes(check)),
  ]
}
