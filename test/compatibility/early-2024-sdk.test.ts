import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { send } from './http.js'
import { WAYS } from './ways.js'
import { originalBody } from './original.js'

for (const [way, start] of Object.entries(WAYS)) {
  t.test(`the SDK of early 2024: API-Key, plain JSON, the field set of the original README, ${way}`, async t => {
    const folder = t.testdir()
    const { url } = await start(t, { folder })
    let apiKey = ''
    /** Every request has a JSON content-type; a POST without a body has an empty one. */
    const call = async (method: string, path: string, body?: string) => await send(method, `${url}/api/${path}`, {
      headers: { 'Content-Type': 'application/json', 'API-Key': apiKey },
      ...body !== undefined ? { body } : method === 'POST' && { body: '' },
    })

    const issued = await call('POST', 'generateApiKey')
    t.match(issued, { status: 200, body: { status: 'success', message: 'API key generated', data: /^[0-9a-f]{64}$/ } })
    apiKey = issued.body['data']
    t.match(await call('GET', 'getGeneratorStatus'), {
      status: 200, body: { message: 'Generator status fetched', data: "Generator hasn't been started yet." }
    })

    t.match(
      (await call('POST', 'generatorConfigSetup', await originalBody('generatorConfigSetup'))),
      { status: 200, body: { status: 'success', message: 'Config done', data: null } }
    )
    const started = await call('POST', 'startGenerator')
    t.match(started, { status: 200, body: { status: 'success', message: 'Generator started', data: null } })
    t.match((await call('GET', 'getGeneratorStatus')).body, { data: 'Generator has been started.' })
    t.match((await call('POST', 'restartGenerator')).body, {
      status: 'success', message: 'Generator restarted', data: null
    })

    const changes: [string, string, string][] = [
      ['PUT', 'updateRuntimeConfig', 'Runtime config updated'],
      ['POST', 'addNewGenerator', 'Generator config updated'],
      ['PUT', 'updateGeneratorConfig', 'Generator config updated'],
      ['DELETE', 'removeGenerator', 'Removed Generator'],
    ]
    for (const [method, path, message] of changes) {
      t.match(
        await call(method, path, await originalBody(path)),
        { status: 200, body: { status: 'success', message, data: null, restart_required: true } },
        path
      )
    }
    t.match((await call('POST', 'fetchGeneratorPublicKeys', await originalBody('fetchGeneratorPublicKeys'))).body,
      {
        message: 'Generators public keys fetched',
        data: { generator_public_key: /^0x[0-9a-f]{40}$/, generator_ecies_public_key: /^0x0[23][0-9a-f]{64}$/ },
      })
    t.match((await call('POST', 'stopGenerator')).body, { status: 'success', message: 'Generator stopped', data: null })
    t.match((await call('GET', 'getGeneratorStatus')).body, { data: 'Generator has been stopped.' })

    const { runtime_config: sent } = JSON.parse(await originalBody('generatorConfigSetup'))
    const { runtime_config: runtime } = JSON.parse(await readFile(join(folder, 'runtime_config.json'), 'utf8'))
    t.strictSame(runtime, {
      ...sent, ...JSON.parse(await originalBody('updateRuntimeConfig')), params_path: './params/', markets: {}
    })
    const { generator_config: generators } = JSON.parse(await readFile(join(folder, 'generator_config.json'), 'utf8'))
    t.match(generators, [
      { address: '0xb05e1dA573707223574443AC6DD1054A9e3A451F', data: 'Eren', ecies_private_key: /^[0-9a-f]{64}$/ }
    ])
    t.equal(generators.length, 1)
  })
}
