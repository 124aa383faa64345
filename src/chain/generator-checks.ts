import type { Configuration, StoredGenerator } from '../../schemas/configuration.js'
import type { GeneratorMarket, KalypsoContracts } from './contracts.js'
import { eciesKeyCheck, failed, passed, registrationCheck, skipped, type PreflightCheck } from './findings.js'

/** Whether each generator's ECIES key in the entity registry is `localKey` (0x and 128 hex digits). */
export async function checkEciesKeys ({ contracts, configuration: { generators, runtime }, localKey }: {
  contracts: KalypsoContracts, configuration: Configuration, localKey: string
}): Promise<PreflightCheck[]> {
  const pairs = generators.map(keyEntries)
  const keys = (await contracts.readKeys(runtime.entity_registry, pairs.flat())).values()
  return generators.map(({ address }, index) => {
    const found = (pairs[index] as GeneratorMarket[]).map(({ market }) => ({ market, key: keys.next().value as string | null }))
    return judgeKeys({ address, found, localKey })
  })
}

/** First-generation markets share one key, so one of them stands for all. */
function keyEntries ({ address, supported_markets: markets }: StoredGenerator): GeneratorMarket[] {
  const hash = markets.find(market => market.startsWith('0x'))
  return markets.filter(market => !market.startsWith('0x') || market === hash).map(market => ({ generator: address, market }))
}

function judgeKeys ({ address, found, localKey }: {
  address: string, found: Array<{ market: string, key: string | null }>, localKey: string
}): PreflightCheck {
  const name = eciesKeyCheck(address)
  if (found.length === 0) return skipped(name, `Not checked: generator ${address} has no supported_markets`)
  const absent = found.filter(({ key }) => key === null || key === '0x').map(({ market }) => market)
  if (absent.length > 0) {
    return failed(name, {
      code: 'PREFLIGHT_FAILED',
      message: `ECIES key not updated in the registry for generator : ${address}`,
      remedy: `Register this enclave's key (signAttestation, then updateEncryptionKey of the SDK) for market ${absent.join(', ')}; ` +
        'if that was done, check entity_registry.',
    })
  }
  const different = found.filter(({ key }) => key !== localKey).map(({ market }) => market)
  if (different.length > 0) {
    return failed(name, {
      code: 'PREFLIGHT_FAILED',
      message: `Local ECIES pub key does not match the ecies pub key in registry for generator : ${address}`,
      remedy: `An enclave restart makes a new key, which must be registered again: signAttestation, then updateEncryptionKey of the SDK, for market ${different.join(', ')}.`,
    })
  }
  return passed(name, `The registry holds this enclave's ECIES key for generator ${address}`)
}

/** Whether each generator is registered, which is any state but 0, for each of its markets. */
export async function checkRegistrations ({ contracts, configuration: { generators, runtime } }: {
  contracts: KalypsoContracts, configuration: Configuration
}): Promise<PreflightCheck[]> {
  const pairs = generators.flatMap(({ address, supported_markets: markets }) => markets.map(market => ({ generator: address, market })))
  const states = await contracts.readStates(runtime.generator_registry, pairs)
  return pairs.map((pair, index) => judgeRegistration({ ...pair, state: states[index] as number | null }))
}

function judgeRegistration ({ generator, market, state }: GeneratorMarket & { state: number | null }): PreflightCheck {
  const name = registrationCheck(generator, market)
  if (state !== null && state !== 0) return passed(name, `Generator ${generator} is registered for market ${market}`)
  return failed(name, {
    code: 'PREFLIGHT_FAILED',
    message: `Generator ${generator} is not registered for market ${market}. Please register and try again`,
    remedy: state === 0
      ? 'Register the generator, stake, and join the market (joinMarketplace of the SDK).'
      : 'The contract at generator_registry does not answer for this market: check the address, the chain and the form of the market id.',
  })
}

/** In place of the comparison while SKIP_VERIFICATION is true. */
export function skipEciesKeys (generators: StoredGenerator[]): PreflightCheck[] {
  return generators.map(({ address }) => skipped(eciesKeyCheck(address), 'Not checked: SKIP_VERIFICATION is true'))
}
