import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { setUp, updateRuntime } from '../../src/config/changes.js'
import { GENERATOR_FILE, print, RUNTIME_FILE } from '../../src/config/pair/files.js'
import { createConfigPair } from '../../src/config/pair/pair.js'
import { createConfigurationStore } from '../../src/config/store.js'
import { MARKET, SECRET, setup } from '../fixtures/configuration.js'
import { snapshot } from '../helper.js'

const newest = setUp(setup, SECRET)
const [generator] = newest.generators as [typeof newest.generators[0]]
const { runtime } = newest
const { params_path: _path, markets: _markets, ...runtimeOfApril } = runtime

/** Each format that a listener or a generator_client has read or written, and what it means today. */
const CASES: Record<
  string,
  { file: typeof GENERATOR_FILE | typeof RUNTIME_FILE, text: string, generators?: object[], runtime?: object }
> = {
  'a byte order mark before the generators': { file: GENERATOR_FILE, text: `\ufeff${print(newest)[GENERATOR_FILE]}` },
  'a byte order mark before the runtime config': { file: RUNTIME_FILE, text: `\ufeff${print(newest)[RUNTIME_FILE]}` },
  'one generator in place of the list': { file: GENERATOR_FILE, text: JSON.stringify({ generator_config: generator }) },
  'one generator without a root': { file: GENERATOR_FILE, text: JSON.stringify(generator) },
  'a list without a root': { file: GENERATOR_FILE, text: JSON.stringify([generator]) },
  'a runtime config without a root': { file: RUNTIME_FILE, text: JSON.stringify(runtime) },
  'markets as U256 hex, before June 2024': {
    file: GENERATOR_FILE,
    text: JSON.stringify({ generator_config: [{ ...generator, supported_markets: ['0x12', 7, '8', MARKET] }] }),
    generators: [{ ...generator, supported_markets: ['18', '7', '8', MARKET] }],
  },
  'stake and reward of April 2024, without data': {
    file: GENERATOR_FILE,
    text: JSON.stringify({ generator_config: [{ ...generator, data: null, staked_amount: '0x1', min_reward: null }] }),
    generators: [{ ...generator, data: '', staked_amount: '0x1', min_reward: null }],
  },
  'keys with 0x': {
    file: GENERATOR_FILE,
    text: JSON.stringify({ generator_config: [{ ...generator, ecies_private_key: `0x${SECRET}` }] }),
  },
  'a gas key with 0x': {
    file: RUNTIME_FILE,
    text: JSON.stringify({ runtime_config: { ...runtime, private_key: `0x${runtime.private_key}` } }),
  },
  'zkbob_market_id of April 2024, without markets': {
    file: RUNTIME_FILE,
    text: JSON.stringify({ runtime_config: { ...runtimeOfApril, zkbob_market_id: 1, params_path: './other/' } }),
    runtime: { ...runtimeOfApril, zkbob_market_id: 1, params_path: './other/', markets: {} },
  },
  'no params_path, from August 2024': {
    file: RUNTIME_FILE,
    text: JSON.stringify({ runtime_config: { ...runtimeOfApril, markets: { 1: { port: '6000' } } } }),
    runtime: { ...runtimeOfApril, markets: { 1: { port: '6000' } }, params_path: './params/' },
  },
  'markets as ports, from February 2024': {
    file: RUNTIME_FILE,
    text: JSON.stringify({
      runtime_config: { ...runtime, ivs_url: 'http://ivs.example', markets: { 0: '1000', 1: 6000 } },
    }),
    runtime: {
      ...runtime,
      ivs_url: 'http://ivs.example',
      markets: {
        0: { port: '1000', ivs_url: 'http://ivs.example' }, 1: { port: '6000', ivs_url: 'http://ivs.example' }
      },
    },
  },
  'markets as ports without ivs_url': {
    file: RUNTIME_FILE,
    text: JSON.stringify({ runtime_config: { ...runtime, markets: { 0: '1000' } } }),
    runtime: { ...runtime, markets: { 0: { port: '1000', ivs_url: '' } } },
  },
  "a market's port as number, a start block of 0": {
    file: RUNTIME_FILE,
    text: JSON.stringify({
      runtime_config: { ...runtime, start_block: 0, markets: { 0: { port: 1000, ivs_url: null } } },
    }),
    runtime: { ...runtime, start_block: 0, markets: { 0: { port: '1000' } } },
  },
}

function openStore (folder: string) {
  return createConfigurationStore({ pair: createConfigPair({ folder }) })
}

for (const [name, { file, text, generators = newest.generators, runtime = newest.runtime }] of Object.entries(CASES)) {
  t.test(name, async t => {
    const folder = t.testdir({ ...print(newest), [file]: text })
    const expected = { generators, runtime }
    t.strictSame(await openStore(folder).read(), expected)
    t.equal(await readFile(join(folder, file), 'utf8'), text, 'reading changes nothing')
    const changed = await openStore(folder).change(current => updateRuntime(current(), { chain_id: 43 }))
    t.strictSame(changed, { generators, runtime: { ...runtime, chain_id: 43 } })
    const files = await snapshot(folder)
    for (const [one, content] of Object.entries(print(changed))) t.equal(files[one], content, 'the newest format')
    t.equal(
      Object.entries(files).find(([name]) => name.startsWith(`${file}.replaced-`))?.[1],
      text,
      'the old one is kept'
    )
    await openStore(folder).change(current => updateRuntime(current(), { chain_id: 44 }))
    t.equal(Object.keys(await snapshot(folder)).filter(name => name.includes('.replaced-')).length, 2, 'once')
  })
}

t.test('files of today\'s format are not kept, however they are indented', async t => {
  const folder = t.testdir()
  for (const [file, text] of Object.entries(print(newest))) {
    await writeFile(join(folder, file), JSON.stringify(JSON.parse(text), null, 4))
  }
  await openStore(folder).change(current => updateRuntime(current(), { chain_id: 43 }))
  t.notOk(Object.keys(await snapshot(folder)).some(name => name.includes('.replaced-')))
})

t.test('a format that no listener has read is damage', async t => {
  const cases = [
    [GENERATOR_FILE, 'null'], [GENERATOR_FILE, '7'], [GENERATOR_FILE, JSON.stringify({ generator_config: [null] })],
    [GENERATOR_FILE, JSON.stringify({ generator_config: [{ ...generator, supported_markets: '0x1' }] })],
    [GENERATOR_FILE, JSON.stringify({ generator_config: [{ ...generator, supported_markets: ['0x', 1.5] }] })],
    [GENERATOR_FILE, JSON.stringify({ generator_config: [{ ...generator, ecies_private_key: 7 }] })],
    [RUNTIME_FILE, '[]'], [RUNTIME_FILE, JSON.stringify({ runtime_config: { ...runtime, markets: { 1: true } } })],
  ] as const
  for (const [file, text] of cases) {
    const folder = t.testdir({ ...print(newest), [file]: text })
    await t.rejects(
      openStore(folder).read(),
      { code: 'CONFIG_CORRUPT', message: new RegExp(`^${file} has a wrong value at `) },
      text
    )
  }
})
