import { hash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { PRIVATE_KEY } from '../fixtures/configuration.js'
import { build, snapshot } from '../helper.js'

async function original (name: string) {
  const text = await readFile(new URL(`../fixtures/original/${name}.json`, import.meta.url), 'utf8')
  return JSON.parse(text.replace('{{private-key}}', PRIVATE_KEY))
}

async function readJson (folder: string, file: string) {
  return JSON.parse(await readFile(join(folder, file), 'utf8'))
}

t.test("the original's bodies, as they stand", async t => {
  const service = await build(t)
  await service.generateApiKey()
  const setup = await original('generatorConfigSetup')
  const done = (message: string) => ({ status: 'success', message, data: null })

  t.same((await service.send('POST', '/api/generatorConfigSetup', setup)).json(), done('Config done'))
  t.same(await readJson(service.folder, 'runtime_config.json'), {
    runtime_config: {
      params_path: './params/',
      markets: {},
      ...setup.runtime_config,
      generator_registry: '0x5f23d4eC6607fb381759151B02795187815b0487',
      staking_token: '0x57044769E5aa95590E4f99C174D9b90e9D7300F8',
    }
  })
  t.same(await readJson(service.folder, 'generator_config.json'), {
    generator_config: [{
      address: '0xb05e1dA573707223574443AC6DD1054A9e3A451F',
      ecies_private_key: service.app.enclaveKey.secretHex,
      data: 'Eren',
      supported_markets: ['0x07b7d625c70be57115ab18fc435ed0253425671cb91bd6547b7defbc75f52082'],
    }]
  })

  const update = await original('updateRuntimeConfig')
  t.same((await service.send('PUT', '/api/updateRuntimeConfig', update)).json(), done('Runtime config updated'))
  t.match(await readJson(service.folder, 'runtime_config.json'), {
    runtime_config: { ...update, http_url: setup.runtime_config.http_url }
  })

  const added = (await service.send('POST', '/api/addNewGenerator', await original('addNewGenerator'))).json()
  t.match(added, done('Generator config updated'))
  t.same((await service.send('POST', '/api/addNewGenerator', await original('addNewGenerator'))).json(), {
    status: 'error',
    statusCode: 409,
    code: 'GENERATOR_EXISTS',
    message: 'Generator with the provided address already exists.',
    data: null,
  })
  t.match(
    (await service.send('PUT', '/api/updateGeneratorConfig', await original('updateGeneratorConfig'))).json(),
    done('Generator config updated')
  )
  t.match((await readJson(service.folder, 'generator_config.json')).generator_config[1],
    { data: 'Armin', supported_markets: ['0x6c2ec35f8128c43e710a84adb6c7de8978238ab2d2e2b9790847dbab464b54f9'] })

  t.same((await service.send(
    'POST', '/api/fetchGeneratorPublicKeys', await original('fetchGeneratorPublicKeys')
  )).json(), {
    status: 'success',
    message: 'Generators public keys fetched',
    data: {
      generator_public_key: await service.app.enclaveKey.getAddress(),
      generator_ecies_public_key: service.app.enclaveKey.compressedPublicKey,
    }
  })
  const mixed = await service.send('POST', '/api/fetchGeneratorPublicKeys', {
    generator_address: `0x${(await original('fetchGeneratorPublicKeys')).generator_address.slice(2).replace(/[a-f]/gi, (digit: string, at: number) => (at % 2 ? digit.toUpperCase() : digit.toLowerCase()))}`
  })
  t.match(mixed.json(), { status: 'success', warnings: [/^generator_address: .*checksum/] })
  const { address } = await original('signAddress')
  t.same((await service.send('POST', '/api/signAddress', { address })).json(),
    { status: 'success', message: 'Address signed', data: await service.app.enclaveKey.signAddress(address) })

  t.match(
    (await service.send('DELETE', '/api/removeGenerator', await original('removeGenerator'))).json(),
    done('Removed Generator')
  )
  for (const [method, url] of [['DELETE', 'removeGenerator'], ['PUT', 'updateGeneratorConfig']] as const) {
    t.same((await service.send(method, `/api/${url}`, await original(url))).json(), {
      status: 'error',
      statusCode: 404,
      code: 'GENERATOR_NOT_FOUND',
      message: 'No generator found for the provided address',
      data: null,
    })
  }
})

t.test('an address in mixed case with a wrong checksum is accepted, stored right and warned of', async t => {
  const service = await build(t)
  await service.generateApiKey()
  const setup = await original('generatorConfigSetup')
  const typo = '0x28b6670dE9BD7fA4e718bd2D0fDdd27C8639c9b6'
  setup.generator_config[0].address = '0xB05e1dA573707223574443AC6DD1054A9e3A451F'
  setup.runtime_config.payment_token = typo
  const warning = (field: string) => `${field}: the letter case does not fit the EIP-55 checksum, check it for a typo`
  t.same((await service.send('POST', '/api/generatorConfigSetup', setup)).json(), {
    status: 'success',
    message: 'Config done',
    data: null,
    warnings: [
      'generator_config/0/address', 'runtime_config/payment_token'
    ].map(warning)
  })
  t.match(await readJson(service.folder, 'runtime_config.json'), {
    runtime_config: { payment_token: '0x28B6670dE9BD7fA4e718bd2D0fDdd27C8639c9b6' }
  })
  t.match(
    (await service.send('PUT', '/api/updateRuntimeConfig', { staking_token: typo })).json(),
    { warnings: [warning('staking_token')] }
  )
  t.match(
    (await service.send('POST', '/api/signAddress', { address: typo })).json(), { warnings: [warning('address')] }
  )
  t.match(
    (await service.send('POST', '/api/signAttestation', { address: typo, attestation: '0x00' })).json(),
    { warnings: [warning('address')] }
  )
  t.notHas((await service.send('POST', '/api/signAddress', { address: typo.toLowerCase() })).json(), { warnings: [] })
})

t.test('before the setup every change is CONFIG_NOT_FOUND', async t => {
  const service = await build(t)
  await service.generateApiKey()
  const before = await snapshot(service.folder)
  for (const [method, url] of [
    ['PUT', 'updateRuntimeConfig'],
    ['POST', 'addNewGenerator'],
    ['PUT', 'updateGeneratorConfig'],
    ['DELETE', 'removeGenerator'],
    ['POST', 'fetchGeneratorPublicKeys'],
  ] as const) {
    t.match(
      (await service.send(method, `/api/${url}`, await original(url))).json(),
      { statusCode: 409, code: 'CONFIG_NOT_FOUND' },
      url
    )
  }
  t.same(await snapshot(service.folder), before)
})

t.test('a damaged file is reported at the start and in answers, and mended by a setup', async t => {
  const folder = t.testdir({ 'generator_config.json': '{', 'runtime_config.json': '{}' })
  const service = await build(t, { folder })
  t.match(service.log.filter(({ level }) => level === 50), [{ level: 50, msg: /^generator_config.json is not JSON/ }])
  await service.generateApiKey()
  for (const [method, url] of [
    ['PUT', 'updateRuntimeConfig'], ['POST', 'addNewGenerator'], ['POST', 'startGenerator']
  ] as const) {
    const body = url === 'startGenerator' ? undefined : await original(url)
    t.match((await service.send(method, `/api/${url}`, body)).json(), {
      status: 'error',
      statusCode: 500,
      code: 'CONFIG_CORRUPT',
      message: /^generator_config.json is not JSON. Call generatorConfigSetup/,
      data: { file: 'generator_config.json' },
    })
  }
  t.equal(
    (await service.send('POST', '/api/generatorConfigSetup', await original('generatorConfigSetup'))).statusCode, 200
  )
  const files = await snapshot(folder)
  t.equal(Object.entries(files).find(([name]) => name.startsWith('generator_config.json.replaced-'))?.[1], '{')
})

t.test('after a change of the enclave key the generators get the new one', async t => {
  const folder = t.testdir()
  const first = await build(t, { folder })
  await first.generateApiKey()
  await first.send('POST', '/api/generatorConfigSetup', await original('generatorConfigSetup'))
  await first.app.close()
  await writeFile(join(folder, 'secp.sec'), Buffer.alloc(32, 7))
  const second = await build(t, { folder })
  t.match(await readJson(folder, 'generator_config.json'), {
    generator_config: [{ data: 'Eren', ecies_private_key: '07'.repeat(32) }]
  })
  t.match(second.log.map(({ msg }) => msg).join('\n'), /The enclave's key has changed/)
  t.match(second.log.filter(({ audit }) => audit !== undefined), [
    { audit: { action: 'SECP_KEY_PATH', fields: ['ecies_private_key'], key: null } }
  ])
  const kept = Object.entries(await snapshot(folder)).filter(([name]) => name.includes('.replaced-'))
  t.match(kept.map(([name]) => name.split('.replaced-')[0]), ['generator_config.json', 'runtime_config.json'])
  t.equal(JSON.parse(kept[0]![1]).generator_config[0].ecies_private_key, first.app.enclaveKey.secretHex)
})

t.test('a start without the enclave key makes no key that overwrites the generators\' own', async t => {
  const folder = t.testdir()
  const first = await build(t, { folder })
  await first.generateApiKey()
  await first.send('POST', '/api/generatorConfigSetup', await original('generatorConfigSetup'))
  const address = await first.app.enclaveKey.getAddress()
  await first.app.close()
  await rm(join(folder, 'secp.sec'))
  const before = await snapshot(folder)
  for (const start of ['first', 'second']) {
    const error = await build(t, { folder }).then(() => new Error('started'), error => error)
    t.match(
      error.message,
      new RegExp(
        `^ENCLAVE_KEY_CHANGED: generator_config.json has the key of ${address}, and there is no file ${join(folder, 'secp.sec')}. A new development key, such as that of 0x[0-9a-f]{40}, would overwrite it. Put the secret of ${address} back there, or start with ENCLAVE_KEY_CHANGED=accept`
      ),
      start
    )
    t.same(await snapshot(folder), before, 'nothing is written')
  }
  const accepted = await build(t, { folder, variables: { ENCLAVE_KEY_CHANGED: 'accept' } })
  const { secretHex } = accepted.app.enclaveKey
  t.match(await readJson(folder, 'generator_config.json'), {
    generator_config: [{ data: 'Eren', ecies_private_key: secretHex }]
  })
  const kept = Object.entries(await snapshot(folder)).filter(([name]) => name.startsWith(
    'generator_config.json.replaced-'
  ))
  t.same(kept.map(([, text]) => text), [before['generator_config.json']])
  await accepted.app.close()
  const again = await build(t, { folder })
  t.equal(again.app.enclaveKey.secretHex, secretHex, 'the next start needs no permission')
})

t.test('a start without the enclave key makes one where no generator is stored', async t => {
  const folder = t.testdir()
  const first = await build(t, { folder })
  await first.generateApiKey()
  await first.send('POST', '/api/generatorConfigSetup', await original('generatorConfigSetup'))
  const [{ address }] = (await readJson(folder, 'generator_config.json'))['generator_config']
  t.equal((await first.send('DELETE', '/api/removeGenerator', { address })).statusCode, 200)
  await first.app.close()
  t.same((await readJson(folder, 'generator_config.json'))['generator_config'], [])
  await rm(join(folder, 'secp.sec'))
  t.not((await build(t, { folder })).app.enclaveKey.secretHex, first.app.enclaveKey.secretHex)
})

t.test('the log has one line a request, and no values', async t => {
  const service = await build(t)
  const key = await service.generateApiKey()
  await service.send('POST', '/api/generatorConfigSetup', await original('generatorConfigSetup'))
  await service.send('PUT', '/api/updateRuntimeConfig?x=canary-query', { chain_id: 'canary-body' })
  const log = JSON.stringify(service.log)
  t.match(service.log.filter(({ route }) => route !== undefined), [
    { route: '/api/generateApiKey', method: 'POST', status: 200, key: null },
    { route: '/api/generatorConfigSetup', status: 200, key: hash('sha256', key).slice(0, 8), duration_ms: Number },
    { route: '/api/updateRuntimeConfig', status: 400 },
  ])
  for (const secret of [
    key, PRIVATE_KEY, service.app.enclaveKey.secretHex, '1b70d9337ca08c879ab8043747ff9e47d6f68fb6', 'canary'
  ]) {
    t.notMatch(log, secret)
  }
})

t.test('a fault of the service is logged in full and answered without detail', async t => {
  const service = await build(t)
  await service.generateApiKey()
  service.app.supervisor.status = async () => { throw new Error('inner secret') }
  const response = await service.send('GET', '/api/getGeneratorStatus')
  t.same(response.json(), {
    status: 'error',
    statusCode: 500,
    code: 'INTERNAL_ERROR',
    message: 'The service failed on this request; its log has the details',
    data: null,
  })
  t.match(service.log.filter(({ level }) => level === 50), [
    { code: 'INTERNAL_ERROR', err: { message: 'inner secret', stack: String } }
  ])
})

t.test('a body that is not as long as its header says', async t => {
  const service = await build(t)
  const key = await service.generateApiKey()
  const response = await service.app.inject({
    method: 'POST',
    url: '/api/signAddress',
    payload: '{}',
    headers: {
      'api-key': key, 'content-type': 'application/json', 'content-length': '3'
    }
  })
  t.match(response.json(), {
    status: 'error', statusCode: 400, code: 'INVALID_REQUEST', message: /Content-Length/, data: null
  })
})
