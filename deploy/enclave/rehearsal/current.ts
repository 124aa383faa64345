import { strict as assert } from 'node:assert'
import { randomBytes } from 'node:crypto'
import { copyFile, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Enclave } from './boot.js'
import { checkPrograms } from './checks.js'
import type { Rehearsal } from './rehearsal.js'
import { placeProgram } from './root.js'

/** The image's variables without the chain. */
const VARIABLES = ['NODE_ENV=production', 'CHAIN_CHECKS=off', 'REQUIRE_ENCRYPTION=true', 'API_KEY_SHA256=']
/** The secret of the classic enclave, whose memory is gone with it. */
const GONE = ['id.sec', 'id.pub', 'secp.sec', 'secp.pub', 'generator_config', 'log']
/** Stands in for the address that the platform gives to an enclave's loopback device. No host has it (RFC 5737). */
const ADDRESS = '198.51.100.7'
const OPERATOR_ID = 1000
const PLAIN_SETUP = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ runtime_config: { private_key: '11'.repeat(32) } }),
}

/**
 * Plays the container of a current Oyster enclave, from start.sh on. Two commands stand in for the platform's network.
 */
export async function playCurrent ({ project, root, step, boot }: Rehearsal): Promise<void> {
  const app = join(root, 'app')
  for (const name of GONE) await rm(join(app, name), { recursive: true, force: true })
  await placeProgram(join(project, 'deploy/enclave/cvm/start.sh'), join(app, 'start.sh'))
  await copyFile(join(project, 'deploy/enclave/cvm/supervisord.conf'), join(root, 'etc/supervisord.conf'))
  const secret = randomBytes(32)
  await writeFile(join(app, 'ecdsa.sec'), secret)

  const enclave = await boot({ entryPoint: '/app/start.sh', variables: VARIABLES })
  await enclave.run('ip', 'link', 'set', 'lo', 'up')
  await enclave.run('ip', 'address', 'add', `${ADDRESS}/32`, 'dev', 'lo')
  await step(`Current Oyster: start.sh, with ${VARIABLES.join(' ')}`, async () => {
    const { code } = await ask(enclave, `http://${ADDRESS}:5000/api/getGeneratorStatus`, { patienceMs: 30_000 })
    assert.equal(code, 'API_KEY_NOT_GENERATED')
    return "the service answers on the enclave's own address"
  })
  await step('Its key', async () => {
    const { mode, uid } = await stat(join(app, 'secp.sec'))
    assert.deepEqual(
      { mode: mode & 0o777, uid, secret: await readFile(join(app, 'secp.sec')) },
      { mode: 0o600, uid: OPERATOR_ID, secret }
    )
    return 'the mounted one, in the hands of the service'
  })
  await step('Its programs', async () => checkPrograms({ enclave }))
  await step('Its supervisord', async () => {
    for (const place of ['127.0.0.1:9001', `${ADDRESS}:9051`]) {
      assert.equal((await ask(enclave, `http://${place}/`)).error, 'ECONNREFUSED', place)
    }
    return "off the platform's port 9001, and not to be reached from outside"
  })
  await step('A plain body with a private key', async () => {
    const { data } = await ask(enclave, `http://${ADDRESS}:5000/api/generateApiKey`, { request: { method: 'POST' } })
    const request = { ...PLAIN_SETUP, headers: { ...PLAIN_SETUP.headers, 'api-key': data } }
    const { statusCode, code } = await ask(enclave, `http://${ADDRESS}:5000/api/generatorConfigSetup`, { request })
    assert.deepEqual({ statusCode, code }, { statusCode: 403, code: 'ENCRYPTION_REQUIRED' })
    return 'is refused with ENCRYPTION_REQUIRED'
  })
  await enclave.stop()
}

/** Calls from inside the enclave's network. Returns the JSON answer, or the reason for its absence as `error`. */
async function ask (
  enclave: Enclave,
  url: string,
  { request = {}, patienceMs = 0 }: { request?: object, patienceMs?: number } = {}
) {
  const script = `
    const call = () => fetch(${JSON.stringify(url)}, ${JSON.stringify(request)})
      .then(answer => answer.json(), error => ({ error: error.cause.code }))
    const deadline = Date.now() + ${patienceMs}
    let answer = await call()
    while (answer.error && Date.now() < deadline) {
      await new Promise(resolve => setTimeout(resolve, 200))
      answer = await call()
    }
    console.log(JSON.stringify(answer))`
  return JSON.parse(await enclave.run('/usr/local/bin/node', '--input-type=module', '-e', script)) as {
    error?: string, statusCode?: number, code?: string, data: string
  }
}
