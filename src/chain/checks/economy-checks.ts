import type { ContractState } from '../contracts/contracts.js'
import { type PreflightCheck, skipped, warned } from './findings.js'

/** Warns of each market that a generator has joined with too little free stake. */
export function checkStakes ({ registrations, markets, accounts, generation }: ContractState): PreflightCheck[] {
  if (!generation.tellsStake) {
    return [skipped('stake', `Not checked: the contracts of ${generation.name} have no public getter for the stake`)]
  }
  return registrations.flatMap(({ generator, market, state }) => {
    const penalty = markets.get(market)?.slashingPenalty ?? null
    const free = accounts.get(generator)?.freeStake ?? null
    if (state === null || state === 0 || penalty === null || free === null || free >= penalty) return []
    return [warned(`stake:${generator}:${market}`, {
      finding: 'stake-too-low',
      message: `Generator ${generator} has a free stake of ${free}, below the slashing penalty ${penalty} of market ${market}: no request can be assigned to it`,
      remedy: `Stake at least ${penalty - free} more (stake of the SDK), or wait until requests that lock stake are done.`,
    })]
  })
}

/** Warns of each generator that offers less compute than its markets want together. */
export function checkCompute ({ accounts }: ContractState): PreflightCheck[] {
  return [...accounts].flatMap(([generator, account]) => {
    if (account === null || account.usableCompute >= account.wantedCompute) return []
    const { usableCompute, wantedCompute } = account
    return [warned(`compute:${generator}`, {
      finding: 'compute-too-low',
      message: `Generator ${generator} offers a compute of ${usableCompute}, but one request of each of its markets needs ${wantedCompute}`,
      remedy: `Declare at least ${wantedCompute - usableCompute} more (increaseDeclaredCompute of the SDK), or leave a market.`,
    })]
  })
}
