import t from 'tap'
import { createMarketAddresses } from '../../src/chain/contracts/market-addresses.js'

const NAMES: Record<string, string[]> = {
  'loopback.example': ['127.0.0.1'], 'private.example': ['8.8.8.8', '10.1.1.1'], 'public.example': ['8.8.8.8']
}
const lookup = async (name: string) => {
  const addresses = NAMES[name]
  if (addresses === undefined) throw new Error('ENOTFOUND')
  return addresses.map(address => ({ address }))
}

t.test('names are judged by all of their addresses', async t => {
  const assertPublic = createMarketAddresses({
    network: 'public', ownPorts: new Set([5000, 80]), timeoutMs: 1000, lookup
  })
  for (const host of [
    'loopback.example:6000', 'public.example', 'public.example:5000', 'nowhere.example', '127.0.0.1:6000',
    'localhost:6000',
  ]) {
    await t.resolves(
      assertPublic({ ivs_url: `http://${host}/`, markets: { 7: 6000, 8: { port: '6001', ivs_url: '' } } }, ''), host
    )
  }
  await t.rejects(
    assertPublic({ ivs_url: 'http://loopback.example:5000/' }, ''),
    { code: 'INVALID_REQUEST', message: /^ivs_url: port 5000 of this machine/ }
  )
  await t.rejects(assertPublic({ ivs_url: 'http://loopback.example/' }, ''), {
    code: 'INVALID_REQUEST', message: /^ivs_url: port 80 of this machine/
  })
  await t.rejects(assertPublic({ ivs_url: 'https://private.example/' }, ''), {
    code: 'INVALID_REQUEST', message: /^ivs_url: points to a private address/
  })

  const assertAny = createMarketAddresses({ network: 'any', ownPorts: new Set([5000]), timeoutMs: 1000, lookup })
  await t.resolves(assertAny({ ivs_url: 'http://private.example/' }, ''))
  await t.resolves(assertAny({ ivs_url: 'http://10.0.0.1:5000/' }, ''))
  await t.rejects(assertAny({ ivs_url: 'http://loopback.example:5000/' }, ''), { code: 'INVALID_REQUEST' })
})

t.test('a name that nobody looks up in time passes', async t => {
  const never = createMarketAddresses({
    network: 'public', ownPorts: new Set(), timeoutMs: 1, lookup: async () => await new Promise(() => {})
  })
  await t.resolves(never({ ivs_url: 'http://slow.example/' }, ''))
})
