import type { ContractState, Registration } from '../contracts/contracts.js'
import { failed, passed, type PreflightCheck, registrationCheck, warned } from './findings.js'
import type { RegistryField } from '../contracts/shape.js'

const NO_COMPUTE_AVAILABLE = 2
const REQUESTED_FOR_EXIT = 4

export function checkContracts (withoutCode: RegistryField[], registries: Record<RegistryField, string>): PreflightCheck[] {
  return withoutCode.map(field => failed(`contract:${field}`, {
    finding: 'not-a-contract',
    message: `${field} ${registries[field]} has no code on this chain: it is no contract`,
    remedy: `Set ${field} to the address of the deployment on this chain, or chain_id and http_url to the chain of the deployment.`,
  }))
}

/** Warns when the configured proof marketplace differs from the one that generator_registry names. */
export function checkMarketplace ({ marketplace }: ContractState, configured: string): PreflightCheck[] {
  if (marketplace === null || marketplace.toLowerCase() === configured.toLowerCase()) return []
  return [warned('contract:proof_market_place', {
    finding: 'other-marketplace',
    message: `proof_market_place ${configured} is not the proof marketplace of generator_registry, which names ${marketplace}`,
    remedy: `Set proof_market_place to ${marketplace}, or generator_registry to the registry of the other one: requests come from the registry's own.`,
  })]
}

/** Checks that each generator is registered for each of its markets. Any state but 0 counts. */
export function checkRegistrations (state: ContractState): PreflightCheck[] {
  return state.registrations.map(registration => judgeRegistration(registration, state))
}

function judgeRegistration (registration: Registration, { markets, accounts, generation }: ContractState): PreflightCheck {
  const { generator, market, state, activeRequests } = registration
  const name = registrationCheck(generator, market)
  if (markets.get(market)?.exists === false) {
    const isOfOtherForm = generation.marketIds === 'hash' && !market.startsWith('0x')
    const form = isOfOtherForm ? ' These contracts know markets by ids of 0x and 64 hex digits.' : ''
    return failed(name, {
      finding: 'market-missing',
      message: `Market ${market} does not exist on the proof marketplace that generator_registry belongs to`,
      remedy: `Correct supported_markets, or generator_registry and chain_id.${form}`,
    })
  }
  if (state === null || state === 0) {
    return failed(name, {
      message: `Generator ${generator} is not registered for market ${market}. Please register and try again`,
      remedy: state === 0
        ? `Register the generator, stake, and join the market (${generation.join} of the SDK).`
        : 'The contract at generator_registry does not answer for this market: check the address, the chain and the form of the market id.',
    })
  }
  if (state === REQUESTED_FOR_EXIT) {
    return warned(name, {
      finding: 'requested-exit',
      message: `Generator ${generator} has asked to leave market ${market}: it gets no new requests, and owes ${activeRequests}`,
      remedy: 'Let it finish what it owes, then leave the market and remove it from supported_markets; or leave it and join again to go on.',
    })
  }
  // The contracts compute NO_COMPUTE_AVAILABLE in a view, like this. The stored state is that of joining.
  const account = accounts.get(generator) ?? null
  if (state === NO_COMPUTE_AVAILABLE || (account !== null && account.consumedCompute >= account.usableCompute)) {
    return warned(name, {
      finding: 'no-compute',
      message: `Generator ${generator} has no compute available for market ${market}: it gets no new requests while it works on ${activeRequests}`,
      remedy: 'Wait until requests are done, or declare more compute (increaseDeclaredCompute of the SDK).',
    })
  }
  return passed(name, `Generator ${generator} is registered for market ${market}`)
}

/** Warns of each market whose id has a form that the generation's listener does not read. */
export function checkMarketIds ({ markets, generation: { marketIds } }: ContractState): PreflightCheck[] {
  const wanted = marketIds === 'hash'
  return [...markets].filter(([market, known]) => market.startsWith('0x') !== wanted && known?.exists !== false).map(([market]) => {
    const other = wanted ? `0x${BigInt(market).toString(16).padStart(64, '0')}` : BigInt(market).toString()
    return warned(`market:${market}`, {
      finding: wanted ? 'hash-market-wanted' : 'decimal-market-wanted',
      message: `Market ${market} is known to the contracts, but their listener reads ${wanted ? '0x' : 'decimal'} ids only`,
      remedy: `Write the market as ${other} in supported_markets, and in markets.`,
    })
  })
}
