import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { numberedGenerator, setup } from '../fixtures/configuration.js'
import { build, type Service } from '../helper.js'

const GENERATOR = 'kalypso-generator'
const STAY = `node ${join(import.meta.dirname, '../fixtures/programs/stay.mjs')}`

/** A configured service with a generator and a listener. The supervisor lacks a third managed program. */
async function buildWithBoth (t: Test, variables: NodeJS.ProcessEnv = {
  MANAGED_PROGRAMS: `${GENERATOR},listener,missing`
}): Promise<Service> {
  const file = join(t.testdir({ data: {} }), 'supervisord.conf')
  await writeFile(
    file,
    [
      GENERATOR, 'listener'
    ].map(name => `[program:${name}]\ncommand=${STAY}\nautostart=false\nstartsecs=0\nstopwaitsecs=1\n`).join('')
  )
  const service = await build(t, { folder: join(file, '../data'), variables: { SUPERVISORD_CONF: file, ...variables } })
  await service.generateApiKey()
  t.equal((await service.send('POST', '/api/generatorConfigSetup', setup)).statusCode, 200)
  return service
}

/**
 * Changes the configuration and checks each answer that tells of it. `outdated` lists the programs that must be
 * restarted.
 */
async function expectOutdated (t: Test, { send }: Service, outdated: string[], running: string[]): Promise<void> {
  const notes = outdated.length === 0 ? {} : { restart_required: true, restart_programs: outdated }
  for (const url of ['getGeneratorConfig', 'getRuntimeConfig']) {
    const { status, message, data, ...rest } = (await send('GET', `/api/${url}`)).json()
    t.same(rest, notes, url)
  }
  for (const name of [GENERATOR, 'listener']) {
    const { process } = (await send('GET', `/api/getProgramStatus?program_name=${name}`)).json()
    t.equal(process.outdated_configuration, running.includes(name) ? outdated.includes(name) : null, name)
  }
  const { process } = (await send('GET', '/api/getGeneratorStatus')).json()
  t.equal(process.outdated_configuration, running.includes(GENERATOR) ? outdated.includes(GENERATOR) : null)
}

t.test('restart_required names every running program that has read an older configuration', async t => {
  const service = await buildWithBoth(t)
  const order = async (verb: string, name: string) => (await service.send(
    'POST', `/api/${verb}Program`, { program_name: name }
  )).json()
  let startBlock = 100
  const change = async () => (await service.send('PUT', '/api/updateRuntimeConfig', {
    start_block: startBlock++
  })).json()
  const changed = { status: 'success', message: 'Runtime config updated', data: null }

  for (const running of [[], [GENERATOR], ['listener'], [GENERATOR, 'listener']]) {
    for (const restarts of [running, running.toReversed()]) {
      for (const name of running) {
        t.match(await order('restart', name), {
          message: 'Program restarted', process: { outdated_configuration: false }
        })
      }
      await expectOutdated(t, service, [], running)
      t.same(
        await change(),
        running.length === 0 ? changed : { ...changed, restart_required: true, restart_programs: running }
      )
      await expectOutdated(t, service, running, running)

      const left = new Set(running)
      for (const name of restarts) {
        t.match(await order('start', name), {
          message: 'Program is already running', process: { outdated_configuration: true }
        })
        t.match(await order('restart', name), {
          message: 'Program restarted', process: { outdated_configuration: false }
        })
        left.delete(name)
        await expectOutdated(t, service, running.filter(one => left.has(one)), running)
      }
    }
    for (const name of running) {
      t.match(await order('stop', name), {
        message: 'Program stopped', process: { outdated_configuration: null }
      })
    }
  }
})

t.test('a stop clears what a change had made outdated', async t => {
  const service = await buildWithBoth(t)
  for (const name of [GENERATOR, 'listener']) await service.send('POST', '/api/startProgram', { program_name: name })
  const added = await service.send('POST', '/api/addNewGenerator', numberedGenerator(2))
  t.match(added.json(), { restart_required: true, restart_programs: [GENERATOR, 'listener'] })
  t.match((await service.send('POST', '/api/stopGenerator')).json(), { process: { outdated_configuration: null } })
  await expectOutdated(t, service, ['listener'], ['listener'])
  t.match((await service.send('POST', '/api/restartGenerator')).json(), { process: { outdated_configuration: false } })
  await expectOutdated(t, service, ['listener'], [GENERATOR, 'listener'])
})

t.test('the generator counts, also where MANAGED_PROGRAMS leaves it out', async t => {
  const { send } = await buildWithBoth(t, { MANAGED_PROGRAMS: 'listener' })
  await send('POST', '/api/startGenerator')
  t.match(
    (await send('PUT', '/api/updateRuntimeConfig', { start_block: 5 })).json(),
    { restart_required: true, restart_programs: [GENERATOR] }
  )
})
