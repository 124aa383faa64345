import type { StoredGenerator } from '../../../schemas/configuration.js'
import type { ContractState, Registration } from '../contracts/contracts.js'
import { eciesKeyCheck, failed, passed, type PreflightCheck, skipped, warned } from './findings.js'
import type { Generation } from '../contracts/generations.js'

/** A generator with the registrations that need a key: those of private markets. */
interface KeyHolding {
  address: string
  all: Registration[]
  wanted: Registration[]
  held: Registration[]
}

/**
 * Checks that the entity registry holds `localKey` (0x and 128 lower-case hex digits). One private market of each
 * generator must have it. Some generations accept a key only once. Then one generator holds it, and the check of the
 * first other one names all the others.
 */
export function checkEciesKeys ({ generators, state, localKey }: {
  generators: StoredGenerator[], state: ContractState, localKey: string
}): PreflightCheck[] {
  // Registrations follow the order of the generators and their markets.
  const registrations = state.registrations.values()
  const holdings = generators.map(({ address, supported_markets: markets }) => {
    const all = markets.map(() => registrations.next().value as Registration)
    const wanted = all.filter(({ market }) => needsKey(state, market))
    return { address, all, wanted, held: wanted.filter(({ key }) => key === localKey) }
  })
  const holder = state.generation.isKeyOnce ? holdings.find(({ held }) => held.length > 0) : undefined
  const isWithout = ({ all, wanted }: KeyHolding): boolean => wanted.length > 0 && all.every(({ key }) => !isKey(key))
  const without = holder === undefined ? [] : holdings.filter(isWithout)
  return holdings.map(holding => {
    const different = holding.all.filter(({ key }) => isKey(key) && key !== localKey)
    if (different.length > 0) return differentKey(holding, different, state.generation)
    if (holder === undefined || !without.includes(holding)) return judgeKeys(holding, state.generation)
    return holding === without[0] ? keyOfAnother(holder, without) : skipped(eciesKeyCheck(holding.address), `Not checked: see ${eciesKeyCheck(without[0]!.address)}`)
  })
}

function needsKey ({ markets }: ContractState, market: string): boolean {
  const known = markets.get(market)!
  return known === null || (known.exists && !known.isPublic)
}

function isKey (key: string | null): boolean {
  return key !== null && key !== '0x'
}

function judgeKeys ({ address, all, wanted, held }: KeyHolding, generation: Generation): PreflightCheck {
  const name = eciesKeyCheck(address)
  if (all.length === 0) return skipped(name, `Not checked: generator ${address} has no supported_markets`)
  const [first] = wanted
  if (first === undefined) return passed(name, `Generator ${address} needs no ECIES key in the registry: it has no private market`)
  if (held.length === 0) {
    const { state, market } = wanted.find(({ state }) => state !== null && state !== 0) ?? first
    const call = generation.keyCalls[state === 0 ? 'notJoined' : 'joined']
    return failed(name, {
      message: `ECIES key not updated in the registry for generator : ${address}`,
      remedy: `Register this enclave's key (${call}) for market ${market}; if that was done, check entity_registry.`,
    })
  }
  const absent = wanted.filter(({ key }) => !isKey(key)).map(({ market }) => market)
  if (absent.length === 0) return passed(name, `The registry holds this enclave's ECIES key for generator ${address}`)
  return warned(name, {
    finding: 'key-elsewhere',
    message: `The registry holds this enclave's ECIES key for generator ${address} in market ${held.map(({ market }) => market).join(', ')}, ` +
      `but no key in market ${absent.join(', ')}: it cannot read private requests of that market`,
    remedy: 'The key registry takes a key once only: to serve the other private markets run another enclave for each, or leave them out of supported_markets.',
  })
}

function differentKey ({ address }: KeyHolding, different: Registration[], generation: Generation): PreflightCheck {
  return failed(eciesKeyCheck(address), {
    message: `Local ECIES pub key does not match the ecies pub key in registry for generator : ${address}`,
    remedy: `An enclave restart makes a new key, which must be registered again: ${generation.keyCalls.joined}, ` +
      `for market ${different.map(({ market }) => market).join(', ')}.`,
  })
}

function keyOfAnother (holder: KeyHolding, without: KeyHolding[]): PreflightCheck {
  const names = without.map(({ address }) => address).join(', ')
  return warned(eciesKeyCheck(without[0]!.address), {
    finding: 'key-elsewhere',
    message: `The registry holds this enclave's ECIES key for generator ${holder.address}, and takes a key once only. ` +
      `These have no key and cannot read private requests: ${names}`,
    remedy: 'Run another enclave for each of these generators, or remove them here; with public markets alone they need no key.',
  })
}
