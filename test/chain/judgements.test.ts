import t from 'tap'
import type { ContractState } from '../../src/chain/contracts/contracts.js'
import { GENERATIONS } from '../../src/chain/contracts/generations.js'
import { checkEciesKeys } from '../../src/chain/checks/key-checks.js'
import { readAccount } from '../../src/chain/contracts/market-data.js'
import { GENERATOR, OTHER_GENERATOR } from './configuration.js'

function words (...values: bigint[]): string {
  return `0x${values.map(value => value.toString(16).padStart(64, '0')).join('')}`
}

t.test('a registry that does not answer for one market has no key there', async t => {
  const localKey = `0x${'07'.repeat(64)}`
  const registrations = [['1', localKey], ['2', null]].map(([market, key]) => ({
    generator: GENERATOR, market: market!, state: 1, activeRequests: 0n, key: key!
  }))
  const markets = new Map(['1', '2'].map(market => [market, null]))
  const state: ContractState = {
    generation: GENERATIONS.oct2024, marketplace: null, registrations, markets, accounts: new Map()
  }
  const generators = [[GENERATOR, ['1', '2']], [OTHER_GENERATOR, []]].map(([address, markets]) => (
    { address: address as string, ecies_private_key: '', data: '', supported_markets: markets as string[] }))
  const [check, other] = checkEciesKeys({ generators, state, localKey })
  t.match(other, { result: 'skipped', message: /has no supported_markets/ })
  t.match(check, { result: 'warning', finding: 'key-elsewhere', message: /no key in market 2:/ })
})

t.test('stake that is locked beyond what is intended leaves none', async t => {
  const one = 10n ** 18n
  const account = readAccount(words(1n, 10n, 0n, 0n, 8n, 1n, 5n, one / 2n, one), { isProver: false, isByHash: false })
  t.equal(account?.freeStake, 0n)
  t.equal(
    readAccount(words(1n, 10n, 0n, 0n, 4n, 1n, 5n, one / 2n, one), { isProver: false, isByHash: false })?.freeStake, 1n
  )
})
