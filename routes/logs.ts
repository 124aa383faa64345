import { setMaxListeners } from 'node:events'
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { success } from '../schemas/common.js'
import { operations } from '../schemas/operations.js'
import { CodedError } from '../src/errors.js'
import { logEvents } from '../src/http/log-events.js'
import type { LogStream } from '../schemas/logs.js'
import type { FollowOptions } from '../src/supervisor/supervisor.js'

const DEFAULT_LINES = 100
const MAXIMUM_FOLLOWERS = 16
const HEARTBEAT_MS = 15_000

const logRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const generator = app.config.GENERATOR_PATH
  const followers = new Set<AbortController>()
  app.addHook('preClose', async () => {
    for (const follower of followers) follower.abort()
  })

  app.route({
    ...operations.getGeneratorLogs,
    handler: async ({ query: { lines, stream = 'stdout', follow }, headers: { 'last-event-id': after } }, reply) => {
      if (follow === 'true') return await sendEvents(reply, { stream, lines: Number(lines ?? 0), after })
      const logged = await app.supervisor.logs(generator, { lines: Number(lines ?? DEFAULT_LINES), stream })
      return success('Generator logs fetched', { stream, lines: logged ?? noLog(stream) })
    },
  })

  async function sendEvents (reply: FastifyReply, { stream, ...from }: Omit<FollowOptions, 'signal'>) {
    if (followers.size >= MAXIMUM_FOLLOWERS) {
      throw new CodedError('TOO_MANY_FOLLOWERS', `${MAXIMUM_FOLLOWERS} clients follow the log already: end one of them`)
    }
    const follower = new AbortController()
    followers.add(follower)
    const validity = app.apiKey.validity()
    setMaxListeners(2 * MAXIMUM_FOLLOWERS, validity)
    validity.addEventListener('abort', () => follower.abort(), { signal: follower.signal })
    reply.raw.once('close', () => {
      followers.delete(follower)
      follower.abort()
    })
    const batches = await app.supervisor.follow(generator, { stream, signal: follower.signal, ...from })
    // nginx would hold the events back until it has some kilobytes of them.
    reply.type('text/event-stream').header('x-accel-buffering', 'no')
    return reply.send(Readable.from(logEvents({ batches: batches ?? noLog(stream), heartbeatMs: HEARTBEAT_MS })))
  }
}

export default logRoutes

function noLog (stream: LogStream): never {
  throw new CodedError('LOGS_UNAVAILABLE',
    `The supervisor keeps no ${stream} log of the generator: set ${stream}_logfile= to a file in its configuration`)
}
