import t from 'tap'
import {
  addGenerator, adoptEnclaveSecret, removeGenerator, setUp, updateGenerator, updateRuntime
} from '../../src/config/changes.js'
import { MARKET, numberedAddress, numberedGenerator, PRIVATE_KEY, SECRET, setup } from '../fixtures/configuration.js'

const configuration = setUp(setup, SECRET)

t.test('setUp makes what generators read', async t => {
  t.same(setUp({
    generator_config: [
      { address: '0xb05e1da573707223574443ac6dd1054a9e3a451f', data: 'Eren', supported_markets: [MARKET, '7'] },
    ],
    runtime_config: {
      ...setup.runtime_config,
      private_key: `0x${PRIVATE_KEY}`,
      priority_list: '0x28B6670DE9BD7FA4E718BD2D0FDDD27C8639C9B6',
      zkbob_market_id: 1,
      markets: { 7: { port: 6000, ivs_url: 'http://ivs.example' } },
    },
  }, SECRET), {
    generators: [
      {
        address: '0xb05e1dA573707223574443AC6DD1054A9e3A451F',
        ecies_private_key: SECRET,
        data: 'Eren',
        supported_markets: [MARKET, '7'],
      },
    ],
    runtime: {
      ...setup.runtime_config,
      priority_list: '0x28B6670dE9BD7fA4e718bd2D0fDdd27C8639c9b6',
      zkbob_market_id: 1,
      params_path: './params/',
      markets: { 7: { port: '6000', ivs_url: 'http://ivs.example' } },
    },
  })
})

t.test('setUp without markets has an empty map', async t => {
  t.same(configuration.runtime.markets, {})
  t.equal(configuration.runtime.params_path, './params/')
})

t.test('setUp refuses an address twice, whatever its letter case, and names the second', async t => {
  const generator_config = [
    { ...numberedGenerator(1), address: `0x${'a'.repeat(40)}` },
    { ...numberedGenerator(2), address: `0x${'A'.repeat(40)}` },
  ]
  t.throws(() => setUp({ ...setup, generator_config }, SECRET), {
    code: 'INVALID_REQUEST',
    message: 'generator_config/1/address: is listed twice, list each generator once',
    data: { field: 'generator_config/1/address' },
  })
})

t.test('a market twice, whatever its letter case, is refused', async t => {
  const supported_markets = [MARKET, `0x${MARKET.slice(2).toUpperCase()}`]
  const generator_config = [numberedGenerator(1), { ...numberedGenerator(2), supported_markets }]
  t.throws(() => setUp({ ...setup, generator_config }, SECRET), {
    code: 'INVALID_REQUEST', data: { field: 'generator_config/1/supported_markets/1' }
  })
  t.throws(() => addGenerator(configuration, { ...numberedGenerator(2), supported_markets }, SECRET), {
    code: 'INVALID_REQUEST', data: { field: 'supported_markets/1' }
  })
  t.throws(() => updateGenerator(configuration, { address: numberedAddress(1), supported_markets }), {
    code: 'INVALID_REQUEST', data: { field: 'supported_markets/1' }
  })
})

t.test('updateRuntime merges, and replaces markets as a whole', async t => {
  const one = updateRuntime(configuration, {
    chain_id: 7, markets: { 1: { port: '1', ivs_url: 'http://a' }, 2: { port: 2, ivs_url: 'http://b' } }
  })
  t.same(one, {
    ...configuration,
    runtime: {
      ...configuration.runtime,
      chain_id: 7,
      markets: { 1: { port: '1', ivs_url: 'http://a' }, 2: { port: '2', ivs_url: 'http://b' } },
    },
  })
  t.same(updateRuntime(one, { markets: {} }).runtime.markets, {})
  t.equal(configuration.runtime.chain_id, 42, 'the old one is as it was')
})

t.test('generators are added, updated and removed by address in any letter case', async t => {
  const address = `0x${'ab'.repeat(20)}`
  const added = addGenerator(configuration, { ...numberedGenerator(2), address }, SECRET)
  t.equal(added.generators.length, 2)
  t.equal(added.generators[1]?.address, '0xABaBaBaBABabABabAbAbABAbABabababaBaBABaB')
  t.throws(
    () => addGenerator(added, { ...numberedGenerator(3), address: address.toUpperCase().replace('X', 'x') }, SECRET),
    { code: 'GENERATOR_EXISTS', message: 'Generator with the provided address already exists.' }
  )

  const updated = updateGenerator(added, { address, data: 'Armin' })
  t.same(updated.generators[1], { ...added.generators[1], data: 'Armin' })
  t.same(updateGenerator(added, { address, supported_markets: ['9'] }).generators[1], {
    ...added.generators[1], supported_markets: ['9']
  })
  t.same(removeGenerator(updated, address.toUpperCase().replace('X', 'x')), configuration)
})

t.test('an unknown address is GENERATOR_NOT_FOUND', async t => {
  const notFound = {
    code: 'GENERATOR_NOT_FOUND', statusCode: 404, message: 'No generator found for the provided address'
  }
  t.throws(() => updateGenerator(configuration, { address: numberedAddress(9), data: '' }), notFound)
  t.throws(() => removeGenerator(configuration, numberedAddress(9)), notFound)
})

t.test('there is room for 10,000 generators', async t => {
  const full = {
    ...configuration,
    generators: Array.from({ length: 10_000 }, (_, index) => ({
      ...configuration.generators[0]!, address: numberedAddress(index)
    })),
  }
  t.throws(() => addGenerator(full, numberedGenerator(20_000), SECRET), {
    code: 'INVALID_REQUEST', message: 'address: cannot be added, there are 10000 generators: remove one first'
  })
})

t.test('adoptEnclaveSecret changes the ECIES keys alone', async t => {
  const other = '22'.repeat(32)
  t.same(adoptEnclaveSecret(configuration, other),
    { ...configuration, generators: configuration.generators.map(one => ({ ...one, ecies_private_key: other })) })
})
