import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../helper.js'

t.test('SUPERVISORD_PATH is called with ctl, without variables of the service', async t => {
  const folder = t.testdir()
  const executable = join(folder, 'supervisord')
  await writeFile(
    executable,
    '#!/bin/sh\nprintf "%-33s%-10s%s\\n" kalypso-generator Running "pid 77, uptime 0:00:09"\necho "$1 $2 PORT=$PORT $API_KEY_SHA256$API_KEY_RECIPIENT$GENERATOR_CLIENT_API_KEY" >> "$(dirname "$0")/calls"\n'
  )
  await chmod(executable, 0o755)
  for (const name of ['PORT', 'API_KEY_SHA256', 'API_KEY_RECIPIENT', 'GENERATOR_CLIENT_API_KEY']) {
    process.env[name] = '4321'
  }
  for (const path of [executable, folder]) {
    const service = await build(t, { folder: join(folder, 'data'), variables: { SUPERVISORD_PATH: path } })
    t.match(await service.app.supervisor.status('kalypso-generator'), { state: 'RUNNING', pid: 77 })
    await service.app.close()
  }
  t.match(await readFile(join(folder, 'calls'), 'utf8'), /^(ctl status PORT= \n)+$/)
})

t.test('SUPERVISORD_URL wins over the path', async t => {
  const service = await build(t, { variables: { SUPERVISORD_URL: 'http://127.0.0.1:1', SUPERVISORD_PATH: '/nowhere' } })
  await service.generateApiKey()
  t.match((await service.send('GET', '/api/getGeneratorStatus')).json(), {
    statusCode: 503, code: 'SUPERVISOR_UNAVAILABLE', data: null
  })
})

t.test('an unusable configuration stops the start-up and says what to do', async t => {
  const folder = t.testdir({ one: {}, two: {} })
  await t.rejects(build(t, { folder: join(folder, 'one'), variables: { SUPERVISORD_PATH: '/nowhere' } }), {
    message: /SUPERVISORD_PATH: there is no executable file at \/nowhere/,
  })
  await t.rejects(build(t, { folder: join(folder, 'two'), variables: { SUPERVISORD_URL: 'ftp://x' } }), {
    message: /SUPERVISORD_URL/,
  })
})

t.test('a working folder has no configuration', async t => {
  const folder = t.testdir()
  await writeFile(join(folder, 'secp.sec'), Buffer.alloc(32, 1), { mode: 0o600 })
  const project = process.cwd()
  process.chdir(import.meta.dirname)
  t.teardown(() => process.chdir(project))

  const service = await build(t, { folder: join(folder, 'data') })
  t.same(await service.app.supervisor.programs(), ['kalypso-generator'], 'the one of the package is used')
  t.match(
    service.log.map(({ msg }) => msg).join(),
    `There is no supervisord/supervisord.conf here: using ${join(project, 'supervisord/supervisord.conf')}, which runs`
  )

  const variables = { NODE_ENV: 'production', SECP_KEY_PATH: join(folder, 'secp.sec') }
  await t.rejects(
    build(t, { folder: join(folder, 'production'), variables }),
    { message: /SUPERVISORD_CONF supervisord\/supervisord.conf: ENOENT/ },
    'not in production'
  )
})

t.test('CHAIN_CHECKS=strict runs the real preflight', async t => {
  const service = await build(t, { variables: { CHAIN_CHECKS: 'strict' } })
  t.notMatch(service.log.map(({ msg }) => msg).join(), 'CHAIN_CHECKS=off')
  t.type(service.app.preflight.checkAll, 'function')
})
