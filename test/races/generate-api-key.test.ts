import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import fastify from 'fastify'
import t from 'tap'
import app from '../../src/app.js'
import { fastifyOptions } from '../../src/http/options.js'
import { count } from '../count.js'
import { createAnswers, expectNothingPrinted } from '../leaks/printed.js'

const ROUNDS = count('RACE_KEYS', 5)
const CALLERS = 64

/** The whole service with a fresh data folder, listening on a free port. */
async function listen (folder: string) {
  const server = fastify({ ...fastifyOptions, logger: false })
  await mkdir(folder)
  await server.register(app, {
    variables: { CONFIG_DIR: folder, SECP_KEY_PATH: join(folder, 'nowhere'), CHAIN_CHECKS: 'off' }
  })
  return { url: await server.listen({ port: 0, host: '127.0.0.1' }), close: async () => await server.close() }
}

t.test(`${CALLERS} callers of generateApiKey at once: one key each time, and it lets its holder in`, async t => {
  const folder = t.testdir()
  let issued = 0
  for (let round = 0; round < ROUNDS; round++) {
    const data = join(folder, String(round))
    const { url, close } = await listen(data)
    const { keep, take, apiKeys } = createAnswers()
    const answers = await Promise.all(Array.from({ length: CALLERS }, async () => {
      const answer = await fetch(`${url}/api/generateApiKey`, { method: 'POST' })
      const text = await answer.text()
      keep('/api/generateApiKey', [answer.status, answer.statusText, ...answer.headers], text)
      const { code, data } = JSON.parse(text) as { code?: string, data: string }
      return { status: answer.status, code, data }
    }))
    const keys = answers.filter(({ status }) => status === 200).map(({ data }) => data)
    const refused = answers.filter(({ status, code }) => status === 409 && code === 'API_KEY_ALREADY_GENERATED')
    const { status } = await fetch(`${url}/api/getGeneratorStatus`, { headers: { 'api-key': keys[0] ?? '' } })
    await close()
    expectNothingPrinted(take(), { folder: data, apiKeys })
    if (keys.length !== 1 || refused.length !== CALLERS - 1 || status !== 200) {
      t.fail(
        `round ${round}`, { answers, status }
      )
    }
    issued += keys.length
  }
  t.equal(issued, ROUNDS)
  t.comment(`${ROUNDS} rounds of ${CALLERS} callers, ${issued} keys`)
})
