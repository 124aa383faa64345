import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { createChannel, openTunnel } from '../../../operator/channel/index.js'
import { startAttestedService } from '../channel/attested-service.js'
import { POLICY } from '../channel/document.js'

const COLLECTION = 'deploy/postman/generator-client.postman_collection.json'

t.test('the Postman collection holds through the tunnel', async t => {
  // It refuses every call that does not come in TLS.
  const { url, attestationUrl } = await startAttestedService(t)
  const channel = createChannel({ url, attestationUrl, policy: POLICY })
  t.teardown(channel.close)
  const tunnel = await openTunnel({ channel, host: '127.0.0.1', port: 0 })
  t.teardown(tunnel.close)
  const { stdout } = await promisify(execFile)(
    'node_modules/.bin/newman',
    ['run', COLLECTION, '--env-var', `endpoint=${tunnel.url}`, '--bail', '--disable-unicode']
  )
  t.match(stdout, /\| +assertions \| +[1-9]\d+ \| +0 \|/)
})
