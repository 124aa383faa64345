import type { FastifyPluginAsync } from 'fastify'
import { HOME_PAGE_POLICY, homePage } from '../src/http/home-page.js'
import { VERSION } from '../src/version.js'

/** A page for people at the service's own address. Like health, it is open to strangers, and tells them as little. */
const homeRoutes: FastifyPluginAsync = async (app) => {
  app.route({
    method: 'GET',
    url: '/',
    config: { quiet: true },
    schema: { hide: true },
    handler: async (request, reply) => {
      const conditions = await app.readiness()
      reply.type('text/html; charset=utf-8').headers({
        'content-security-policy': HOME_PAGE_POLICY,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
      return homePage({
        isReady: conditions.every(({ problem }) => problem === null),
        version: app.carriesApiKey(request) ? VERSION : null,
      })
    },
  })
}

export default homeRoutes
