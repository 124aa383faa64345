import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { count } from '../count.js'
import { random, randomBytes } from '../random.js'
import { startService } from '../service-process.js'

const CUTS = count('ROTATION_CUTS', 20)
/** The service is killed at every cut of this number. */
const KILL_EVERY = 4
/** A rotation is over by then. */
const LONGEST_MS = 40

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

t.test(`${CUTS} rotations that are cut off, by digest and without: the owner always gets in again`, {
  timeout: 600_000
}, async t => {
  const folder = t.testdir()
  let service = await startService(t, { folder })
  let key = (await service.call('POST', '/api/generateApiKey')).body['data'] as string
  let [kills, unanswered, dead] = [0, 0, 0]
  for (let round = 0; round < CUTS; round++) {
    const next = randomBytes(32).toString('hex')
    const body = random() < 0.5 ? { api_key_sha256: sha256(next) } : {}
    const isKill = round % KILL_EVERY === 0
    const answer = await cut(service.url, {
      key, body, afterMs: random() * LONGEST_MS, stop: isKill ? () => service.child.kill('SIGKILL') : undefined
    })
    if (answer === null) unanswered += 1
    if (isKill) {
      kills += 1
      await service.exited
      service = await startService(t, { folder })
    }
    // The owners with and without a key change it once more.
    service.setApiKey(key)
    const again = await service.call('POST', '/api/rotateApiKey', body)
    if (again.status !== 200) {
      dead += 1
      t.fail(`round ${round}: ${JSON.stringify(again.body)}`)
      break
    }
    key = 'api_key_sha256' in body ? next : again.body['data']
    service.setApiKey(key)
    if ((await service.call('GET', '/api/getGeneratorStatus')).status !== 200) {
      t.fail(
        `round ${round}: the new key is refused`
      )
    }
  }
  t.equal(dead, 0)
  t.comment(`${CUTS} cuts, ${kills} of them kills, ${unanswered} without an answer`)
})

/**
 * Sends a rotation, then destroys the connection after a while or ends the service. Resolves to null if no answer came
 * before.
 */
async function cut (url: string, {
  key, body, afterMs, stop
}: { key: string, body: object, afterMs: number, stop: (() => unknown) | undefined }): Promise<number | null> {
  let status: number | null = null
  const client = request(`${url}/api/rotateApiKey`, {
    method: 'POST', headers: { 'api-key': key, 'content-type': 'application/json' }
  })
  client.on('error', () => {})
  client.on('response', response => {
    status = response.statusCode ?? null
    response.resume()
  })
  client.end(JSON.stringify(body))
  await setTimeout(afterMs)
  stop?.()
  client.destroy()
  return status
}
