import type { StoredGenerator } from '../../schemas/configuration.js'
import type { ErrorCode } from '../errors.js'

/** One finding. `code` is what a failing check answers with where it is the only subject (setup, update). */
export interface PreflightCheck {
  /** `rpc`, `chain_id`, `balance`, `ecies_key:{address}`, `registration:{address}:{market}` */
  name: string
  result: 'pass' | 'fail' | 'skipped'
  message: string
  /** What the operator should do about a failure; null where nothing is to be done. */
  remedy: string | null
  code: ErrorCode | null
}

export function passed (name: string, message: string): PreflightCheck {
  return { name, result: 'pass', message, remedy: null, code: null }
}

export function failed (name: string, finding: { code: ErrorCode, message: string, remedy: string }): PreflightCheck {
  return { name, result: 'fail', ...finding }
}

export function skipped (name: string, reason: string): PreflightCheck {
  return { name, result: 'skipped', message: reason, remedy: null, code: null }
}

export const RUNTIME_CHECKS = ['rpc', 'chain_id', 'balance']

export const eciesKeyCheck = (address: string): string => `ecies_key:${address}`
export const registrationCheck = (address: string, market: string): string => `registration:${address}:${market}`

/** Names of all checks of a configuration, in the order in which they are listed. */
export function allChecks (generators: StoredGenerator[]): string[] {
  return [
    ...RUNTIME_CHECKS,
    ...generators.map(({ address }) => eciesKeyCheck(address)),
    ...generators.flatMap(({ address, supported_markets: markets }) => markets.map(market => registrationCheck(address, market))),
  ]
}

/** The findings, and for every name that has none a `skipped` one. */
export function withSkipped ({ found, names, reason }: { found: PreflightCheck[], names: string[], reason: string }): PreflightCheck[] {
  const byName = new Map(found.map(check => [check.name, check]))
  return names.map(name => byName.get(name) ?? skipped(name, reason))
}
