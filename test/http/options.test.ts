import fastify from 'fastify'
import t from 'tap'
import { loggerOptions } from '../../src/http/options.js'

t.test('a whole request, reply or set of headers that is logged shows nothing', t => {
  const lines: string[] = []
  const { log } = fastify({ logger: { ...loggerOptions, stream: { write: (line: string) => { lines.push(line) } } } })
  const headers = { 'api-key': 'canary' }
  log.info({ headers, req: { headers, url: '/path?key=canary' }, res: { headers, statusCode: 200 } }, 'told')
  log.error({ err: new Error('failed'), headers }, 'failed')
  t.equal(lines.length, 2)
  t.match(lines[0], '"msg":"told"')
  t.notMatch(lines.join(), 'canary')
  t.end()
})
