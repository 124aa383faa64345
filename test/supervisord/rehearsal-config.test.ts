import { join } from 'node:path'
import t from 'tap'
import { configFiles, ECIES_KEY, GAS_KEY, generator, launch, launchReady, runtime } from './launch.js'

const market = { port: '6000', ivs_url: 'http://127.0.0.1:3030' }
const generatorFile = 'generator_config/generator_config.json'
const runtimeFile = 'generator_config/runtime_config.json'

function without (name: keyof typeof runtime) {
  return Object.fromEntries(Object.entries(runtime).filter(([key]) => key !== name))
}

const REFUSALS: Array<{ title: string, files: Record<string, string>, says: string }> = [
  {
    title: '0x in ecies_private_key',
    files: configFiles({ generators: [{ ...generator, ecies_private_key: `0x${ECIES_KEY}` }] }),
    says: `${generatorFile}: generator_config[0].ecies_private_key must be 64 hexadecimal digits without 0x`,
  },
  {
    title: 'an ecies_private_key of another length',
    files: configFiles({ generators: [{ ...generator, ecies_private_key: ECIES_KEY.slice(2) }] }),
    says: `${generatorFile}: generator_config[0].ecies_private_key must be 64 hexadecimal digits without 0x`,
  },
  {
    title: 'duplicate addresses in different letter case',
    files: configFiles({ generators: [generator, { ...generator, address: generator.address.toLowerCase() }] }),
    says: `${generatorFile}: generator_config[1].address ${generator.address.toLowerCase()} is there already, as generator_config[0]`,
  },
  {
    title: 'a generator without supported_markets',
    files: configFiles({
      generators: [generator, { address: runtime.generator_registry, ecies_private_key: ECIES_KEY }]
    }),
    says: `${generatorFile}: generator_config[1].supported_markets is missing`,
  },
  {
    title: 'an address that is none',
    files: configFiles({ generators: [{ ...generator, address: '0x12' }] }),
    says: `${generatorFile}: generator_config[0].address must be 0x and 40 hexadecimal digits`,
  },
  {
    title: 'a generator that is no object',
    files: configFiles({ generators: ['Eren'] }),
    says: `${generatorFile}: generator_config[0] must be an object`,
  },
  {
    title: 'generators that are no list',
    files: configFiles({ generators: {} }),
    says: `${generatorFile}: generator_config must be a list of generators`,
  },
  {
    title: 'data that is no text',
    files: configFiles({ generators: [{ ...generator, data: 7 }] }),
    says: `${generatorFile}: generator_config[0].data must be text`,
  },
  {
    title: 'a missing params_path',
    files: configFiles({ runtimeConfig: without('params_path') }),
    says: `${runtimeFile}: runtime_config.params_path is missing`,
  },
  {
    title: 'missing markets',
    files: configFiles({ runtimeConfig: without('markets') }),
    says: `${runtimeFile}: runtime_config.markets is missing`,
  },
  {
    title: 'markets as a list',
    files: configFiles({ runtimeConfig: { ...runtime, markets: [] } }),
    says: `${runtimeFile}: runtime_config.markets must be an object of markets, {} for none`,
  },
  {
    title: 'a port as a number',
    files: configFiles({ runtimeConfig: { ...runtime, markets: { 7: { ...market, port: 6000 } } } }),
    says: `${runtimeFile}: runtime_config.markets.7.port must be the digits of a port from 1 to 65535, as text`,
  },
  {
    title: 'a port out of range',
    files: configFiles({ runtimeConfig: { ...runtime, markets: { 7: { ...market, port: '65536' } } } }),
    says: `${runtimeFile}: runtime_config.markets.7.port must be the digits of a port from 1 to 65535, as text`,
  },
  {
    title: 'a private_key that is none',
    files: configFiles({ runtimeConfig: { ...runtime, private_key: GAS_KEY.slice(1) } }),
    says: `${runtimeFile}: runtime_config.private_key must be 64 hexadecimal digits`,
  },
  {
    title: 'a chain_id as text',
    files: configFiles({ runtimeConfig: { ...runtime, chain_id: '42170' } }),
    says: `${runtimeFile}: runtime_config.chain_id must be an integer from 0 up`,
  },
  {
    title: 'an http_url that is no URL',
    files: configFiles({ runtimeConfig: { ...runtime, http_url: 'rpc.example' } }),
    says: `${runtimeFile}: runtime_config.http_url must be a URL`,
  },
  {
    title: 'JSON cut off behind a key',
    files: { ...configFiles(), 'runtime_config.json': `{"runtime_config":{"private_key":"${GAS_KEY}"` },
    says: `${runtimeFile}: not valid JSON`,
  },
  {
    title: 'an empty file',
    files: { ...configFiles(), 'generator_config.json': '' },
    says: `${generatorFile}: not valid JSON`,
  },
  {
    title: 'JSON that is no object',
    files: { ...configFiles(), 'generator_config.json': 'null' },
    says: `${generatorFile}: must be a JSON object`,
  },
  {
    title: 'a missing file',
    files: { 'generator_config.json': configFiles()['generator_config.json'] },
    says: `runtime_config.json cannot be read: ${runtimeFile} (ENOENT), ../${runtimeFile} (ENOENT)`,
  },
]

for (const { title, files, says } of REFUSALS) {
  t.test(`refuses ${title}`, async t => {
    const folder = t.testdir({ inner: { generator_config: files } })
    const rehearsal = launch(t, { folder: join(folder, 'inner') })
    t.same(await rehearsal.ended, { code: 1, signal: null })
    t.equal(rehearsal.stderr(), `rehearsal generator: ${says}\n`)
    t.match(
      rehearsal.stdout(),
      /^\S+Z This is a rehearsal generator: it makes no proofs\.[^\n]+\n$/,
      'nothing but the first line'
    )
  })
}

t.test('reads ./generator_config before ../generator_config', async t => {
  const folder = t.testdir({
    generator_config: configFiles({ generators: [{ ...generator, data: 'outer' }] }),
    inner: { generator_config: configFiles({ generators: [{ ...generator, data: 'inner' }] }) },
  })
  const rehearsal = await launchReady(t, { folder: join(folder, 'inner') })
  t.match(rehearsal.stdout(), `Config read from ${generatorFile} and ${runtimeFile}, digest`)
  t.match(rehearsal.stdout(), `Generator ${generator.address} "inner", markets: 2`)
})

t.test('reads ../generator_config where ./generator_config is not there', async t => {
  const folder = t.testdir({ generator_config: configFiles(), inner: {} })
  const rehearsal = await launchReady(t, { folder: join(folder, 'inner') })
  t.match(rehearsal.stdout(), `Config read from ../${generatorFile} and ../${runtimeFile}, digest`)
})

t.test('looks each file up by itself, as the listener does', async t => {
  const { 'generator_config.json': generators, 'runtime_config.json': runtimeConfig } = configFiles()
  const folder = t.testdir({
    generator_config: { 'runtime_config.json': runtimeConfig },
    inner: { generator_config: { 'generator_config.json': generators } },
  })
  const rehearsal = await launchReady(t, { folder: join(folder, 'inner') })
  t.match(rehearsal.stdout(), `Config read from ${generatorFile} and ../${runtimeFile}, digest`)
})

t.test('a damaged file is not passed over for the next folder', async t => {
  const folder = t.testdir({
    generator_config: configFiles(), inner: { generator_config: { ...configFiles(), 'runtime_config.json': '{' } }
  })
  const rehearsal = launch(t, { folder: join(folder, 'inner') })
  t.same(await rehearsal.ended, { code: 1, signal: null })
  t.equal(rehearsal.stderr(), `rehearsal generator: ${runtimeFile}: not valid JSON\n`)
})

t.test('CONFIG_DIR is the only folder looked at', async t => {
  const folder = t.testdir({ generator_config: configFiles(), elsewhere: configFiles(), empty: {} })
  const rehearsal = await launchReady(t, { folder, environment: { CONFIG_DIR: join(folder, 'elsewhere') } })
  t.match(rehearsal.stdout(), `Config read from ${join(folder, 'elsewhere/generator_config.json')} and`)

  const refused = launch(t, { folder, environment: { CONFIG_DIR: 'empty' } })
  t.same(await refused.ended, { code: 1, signal: null })
  t.equal(
    refused.stderr(),
    'rehearsal generator: generator_config.json cannot be read: empty/generator_config.json (ENOENT)\n'
  )
})

t.test('data may be missing or null, private_key may have 0x', async t => {
  const { data, ...plain } = generator
  const generators = [plain, { ...generator, address: runtime.generator_registry, data: null }]
  const folder = t.testdir({
    generator_config: configFiles({ generators, runtimeConfig: { ...runtime, private_key: `0x${GAS_KEY}` } })
  })
  const rehearsal = await launchReady(t, { folder })
  t.match(rehearsal.stdout(), `Generator ${generator.address} "", markets: 2`)
  t.match(rehearsal.stdout(), `Generator ${runtime.generator_registry} "", markets: 2`)
})
