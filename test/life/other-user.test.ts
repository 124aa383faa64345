import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { setup } from '../fixtures/configuration.js'
import { startService } from '../service-process.js'

const skip = process.geteuid!() !== 0 && 'only root can become another user'

/** Prints which files of the data folder it can read, then becomes a program that stays. */
const PROGRAM = `#!/bin/sh
for file in "$CONFIG_DIR"/*.json "$CONFIG_DIR"/api_key.* "$CONFIG_DIR"/*.sec "$CONFIG_DIR"/supervisor-*; do
  if cat "$file" > /dev/null 2>&1; then echo "reads \${file##*/}"; fi
done
if touch "$CONFIG_DIR/new" 2> /dev/null; then echo "writes"; fi
if cat "/proc/$PPID/environ" > /dev/null 2>&1; then echo "reads the service"; fi
echo "done as $(id -u)"
exec sleep 60
`

t.test('a generator of another user reads the two config files, and nothing else of the service', { skip }, async t => {
  // Another user must be able to reach its folder.
  const root = await mkdtemp(join(tmpdir(), 'other-user-'))
  t.teardown(async () => await rm(root, { recursive: true }))
  await chmod(root, 0o755)
  const folder = join(root, 'data')
  await writeFile(join(root, 'generator'), PROGRAM)
  await chmod(join(root, 'generator'), 0o755)
  await writeFile(
    join(root, 'supervisord.conf'),
    '[program:kalypso-generator]\ncommand=%(here)s/generator\nuser=nobody\nautostart=false\nstartsecs=0\n'
  )
  const service = await startService(t, {
    folder, variables: { SUPERVISORD_CONF: join(root, 'supervisord.conf'), CONFIG_GROUP: 'nogroup' }
  })
  service.setApiKey((await service.call('POST', '/api/generateApiKey')).body['data'])
  t.equal((await service.call('POST', '/api/generatorConfigSetup', setup)).status, 200)
  t.equal((await service.call('POST', '/api/startGenerator')).status, 200)
  let lines: string[] = []
  while (!lines.some(line => line.startsWith('done'))) {
    lines = (await service.call('GET', '/api/getGeneratorLogs')).body['data'].lines
  }
  t.strictSame(lines, ['reads generator_config.json', 'reads runtime_config.json', 'done as 65534'])
  t.equal((await service.call('POST', '/api/stopGenerator')).status, 200)

  const closed = (await readdir(folder)).filter(name => /^(?:api_key|secp|supervisor-)/.test(name))
  t.equal(closed.length, 4)
  for (const name of closed) t.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name)
  t.notOk(service.output.some(line => line.includes('other users')), 'nothing is warned of')
})
