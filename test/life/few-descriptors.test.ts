import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { bundle } from '../../tools/packaging/bundle.js'
import { numberedGenerator, setup } from '../fixtures/configuration.js'
import { snapshot } from '../helper.js'
import { spawnService, startService } from '../service-process.js'
import { untilClosed } from '../fixtures/sockets.js'

const SUPERVISORD_CONF = join(import.meta.dirname, '../../supervisord/supervisord.conf')
const STRANGERS = 200

/** A shell that limits the number of open files. */
function limitedTo (descriptors: number): string[] {
  return ['sh', '-c', `ulimit -n ${descriptors} && exec "$@"`, 'sh']
}

t.test('64 open files are enough for any connections; fewer stop the start', async t => {
  const folder = t.testdir({ data: {} })
  await bundle(join(folder, 'bundle'))
  const options = {
    folder: join(folder, 'data'),
    program: join(folder, 'bundle/generator-client.cjs'),
    variables: { SUPERVISORD_CONF },
  }
  const service = await startService(t, { ...options, before: limitedTo(64) })
  service.setApiKey((await service.call('POST', '/api/generateApiKey')).body['data'])
  t.equal((await service.call('POST', '/api/generatorConfigSetup', setup)).status, 200)
  t.equal((await service.call('POST', '/api/startGenerator')).status, 200)

  const strangers = Array.from(
    { length: STRANGERS }, () => connect(Number(new URL(service.url).port), '127.0.0.1').on('error', () => {})
  )
  const refused = strangers.map(untilClosed)
  await Promise.race(refused)
  const before = await snapshot(options.folder)
  for (let number = 2; number < 10; number++) {
    const { status, body } = await service.call('POST', '/api/addNewGenerator', numberedGenerator(number))
    t.equal(status, 200, JSON.stringify(body))
  }
  t.notSame(await snapshot(options.folder), before)
  t.equal((await service.call('POST', '/api/restartGenerator')).status, 200)
  t.match(await service.call('GET', '/health/ready'), { status: 200 })
  for (const stranger of strangers) stranger.destroy()
  t.equal((await service.call('GET', '/api/getGeneratorConfig')).body['data'].generator_config.length, 9)
  service.child.kill('SIGTERM')
  t.same(await service.exited, [0, null])

  t.comment(`${STRANGERS} connections, 8 changes and a restart with 64 open files`)

  const { output, exited } = spawnService(t, { ...options, before: limitedTo(60) })
  t.same(await exited, [1, null])
  t.match(output.map(line => JSON.parse(line).msg), [
    'generator-client cannot start: only 60 files may be open at once: raise the limit (ulimit -n) to 64 or more',
  ])
})
