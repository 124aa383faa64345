import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { computeAddress } from 'ethers'
import t from 'tap'
import { numberedAddress, numberedGenerator, PRIVATE_KEY, setup } from '../fixtures/configuration.js'
import { build } from '../helper.js'

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const RUNTIME_ADDRESS = computeAddress(`0x${PRIVATE_KEY}`).toLowerCase()

t.test('there is nothing to show if there is no configuration', async t => {
  const service = await build(t)
  await service.generateApiKey()
  for (const url of ['/api/getGeneratorConfig', '/api/getRuntimeConfig']) {
    const response = await service.send('GET', url)
    t.equal(response.statusCode, 409)
    t.match(response.json(), { status: 'error', code: 'CONFIG_NOT_FOUND' })
  }
})

t.test('the views show everything but secrets', async t => {
  const service = await build(t)
  await service.generateApiKey()
  const runtime = {
    ...setup.runtime_config,
    ws_url: 'wss://hidden:hidden@rpc.example:8443/hidden?hidden=hidden#hidden',
    http_url: 'https://rpc.example/?hidden',
    ivs_url: 'https://hidden:hidden@ivs.example/api/check?hidden',
    zkbob_market_id: 'seven',
    markets: {
      7: { port: 6000, ivs_url: 'http://hidden:hidden@market.example/path?hidden' },
      8: { port: '6001', ivs_url: 'http://market.example' },
    },
  }
  await service.send('POST', '/api/generatorConfigSetup', {
    generator_config: [numberedGenerator(1), numberedGenerator(2)], runtime_config: runtime
  })
  const { enclaveKey } = service.app
  const keys = {
    generator_public_key: await enclaveKey.getAddress(), generator_ecies_public_key: enclaveKey.compressedPublicKey
  }

  const generators = await service.send('GET', '/api/getGeneratorConfig')
  t.equal(generators.statusCode, 200)
  const { changed_at: changedAt } = generators.json().data
  t.match(changedAt, ISO_TIME)
  t.same(generators.json(), {
    status: 'success',
    message: 'Generator config fetched',
    data: {
      generator_config: [{ ...numberedGenerator(1), ...keys }, { ...numberedGenerator(2), ...keys }],
      changed_at: changedAt,
    },
  })

  const answer = await service.send('GET', '/api/getRuntimeConfig')
  t.equal(answer.statusCode, 200)
  const { private_key: _secret, ...shown } = runtime
  t.same(answer.json(), {
    status: 'success',
    message: 'Runtime config fetched',
    data: {
      runtime_config: {
        ...shown,
        params_path: './params/',
        runtime_address: RUNTIME_ADDRESS,
        ws_url: 'wss://rpc.example:8443/***',
        http_url: 'https://rpc.example/***',
        ivs_url: 'https://ivs.example/api/check?***',
        markets: {
          7: { port: '6000', ivs_url: 'http://market.example/path?***' },
          8: { port: '6001', ivs_url: 'http://market.example/' },
        },
      },
      changed_at: answer.json().data.changed_at,
    },
  })
  t.match(answer.json().data.changed_at, ISO_TIME)
  for (const secret of [PRIVATE_KEY, enclaveKey.secretHex, 'hidden']) {
    t.notMatch(`${generators.body}${answer.body}`, secret)
  }
})

t.test('a file of others: 0x keys, no path, unknown fields', async t => {
  const folder = t.testdir()
  const { private_key: secret, ...runtime } = setup.runtime_config
  await writeFile(join(folder, 'secp.sec'), Buffer.from(PRIVATE_KEY.slice(-64), 'hex'), { mode: 0o600 })
  await writeFile(
    join(folder, 'generator_config.json'),
    JSON.stringify({ generator_config: [{ ...numberedGenerator(1), ecies_private_key: PRIVATE_KEY, note: 'hidden' }] })
  )
  await writeFile(join(folder, 'runtime_config.json'), JSON.stringify({
    runtime_config: {
      ...runtime,
      private_key: `0x${secret}`,
      http_url: 'https://rpc.example',
      params_path: './params/',
      markets: {},
      password: 'hidden',
    },
  }))
  const service = await build(t, { folder })
  await service.generateApiKey()
  const answer = await service.send('GET', '/api/getRuntimeConfig')
  t.match(answer.json().data.runtime_config, { runtime_address: RUNTIME_ADDRESS, http_url: 'https://rpc.example/' })
  t.notMatch(answer.body, 'hidden')
  t.notMatch((await service.send('GET', '/api/getGeneratorConfig')).body, 'hidden')
})

t.test('each view has its own file\'s time, and says that a restart is needed', async t => {
  const service = await build(t)
  await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', setup)
  const times = async () => [
    (await service.send('GET', '/api/getGeneratorConfig')).json().data.changed_at,
    (await service.send('GET', '/api/getRuntimeConfig')).json().data.changed_at,
  ]
  const [generatorTime, runtimeTime] = await times()
  t.equal((await service.send('POST', '/api/startGenerator')).statusCode, 200)
  await service.send('PUT', '/api/updateGeneratorConfig', { address: numberedAddress(1), data: 'changed' })
  const [generatorTimeAfter, runtimeTimeAfter] = await times()
  t.ok(Date.parse(generatorTimeAfter) > Date.parse(generatorTime))
  t.equal(runtimeTimeAfter, runtimeTime)
  t.equal((await service.send('GET', '/api/getGeneratorConfig')).json().restart_required, true)
  t.equal((await service.send('GET', '/api/getRuntimeConfig')).json().restart_required, true)
  t.match(
    JSON.parse(await readFile(join(service.folder, 'generator_config.json'), 'utf8')).generator_config,
    [{ data: 'changed' }]
  )
})
