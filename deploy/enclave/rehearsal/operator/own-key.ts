import { strict as assert } from 'node:assert'
import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Operator } from '../../../../test/fixtures/hosts/operator.js'
import type { Place } from '../../../../test/fixtures/hosts/places.js'

const REFUSED = 4

/** An API key of the owner's own, and the measured compose file that names its digest. */
export function makeOwnKey (compose: Buffer): { apiKey: string, variable: string, compose: Buffer } {
  const apiKey = randomBytes(32).toString('hex')
  const digest = createHash('sha256').update(apiKey).digest('hex')
  const lines = compose.toString().replace(/^( +)# (environment: \{ API_KEY_SHA256: ")0+(?=" \}$)/m, `$1$2${digest}`)
  assert.ok(lines.includes(digest), 'the compose file has a place for the digest')
  return { apiKey, variable: `API_KEY_SHA256=${digest}`, compose: Buffer.from(lines) }
}

/** Takes over an enclave that knows the owner's key from its start. It issues no other. */
export async function takeOverWithOwnKey ({ operator, place: { service, attestation }, apiKey, compose }: {
  operator: Operator, place: Place, apiKey: string, compose: Buffer
}): Promise<string> {
  const file = join(operator.home, 'docker-compose.yml')
  await writeFile(file, compose)
  const verified = await operator.cli(
    'enclave', 'verify', `http://${attestation.host}:${attestation.port}/attestation/raw`,
    '--url', `http://${service.host}:${service.port}`, '--preset', 'blue@3.0.0', '--compose', file, '--save'
  )
  assert.deepEqual([verified.code, verified.stderr], [0, ''])
  const late = await operator.cli('init-key', '--save')
  assert.equal(late.code, REFUSED)
  assert.match(late.stderr, /API_KEY_ALREADY_GENERATED/)
  const { code, stderr } = await operator.cli('status', '--api-key', apiKey)
  assert.deepEqual([code, stderr], [0, ''])
  return 'the enclave issues no key, and knows that one'
}
