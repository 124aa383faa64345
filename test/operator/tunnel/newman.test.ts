import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { projectFolder } from '../../project.js'
import { startThroughTunnel } from './enclave-service.js'

const execute = promisify(execFile)

t.test('Newman plays the whole Postman collection through the tunnel', async t => {
  const { tunnel } = await startThroughTunnel(t)
  const collection = join(projectFolder(), 'deploy/postman/generator-client.postman_collection.json')
  const { stdout } = await execute(join(projectFolder(), 'node_modules/.bin/newman'), [
    'run', collection, '--env-var', `endpoint=${tunnel.url}`, '--bail', '--color', 'off',
  ]).catch(({ stdout, stderr }) => { throw new Error(`${stdout}${stderr}`) })
  t.match(stdout, /getServiceInfo/)
})
