import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import { fastifyOptions } from '../../src/http/options.js'
import errors, { onNotFound } from '../errors.js'
import { completeDocument, openapi } from './document.js'
import { describeOperation } from './operation.js'

/** Scripts and styles of the page's own, requests to where it comes from; React sets styles on elements. */
const CONTENT_SECURITY_POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
}

/** An application of its own, which knows the service's routes by their schemas only and is never asked for them. */
export async function createDocumentationPage (routes: RouteOptions[]): Promise<FastifyInstance> {
  const page = fastify(fastifyOptions)
  await page.register(errors)
  page.addHook('onRequest', (_request, reply, done) => {
    reply.headers({ 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    done()
  })
  await page.register(swagger, {
    openapi,
    transform: ({ url, schema, route: { config = {} } }) => ({ url, schema: schema.hide ? schema : describeOperation({ url, schema, config }) }),
    transformObject: completeDocument,
  })
  for (const { method, url, schema = {}, config = {} } of routes) {
    page.route({ method, url, schema, config, handler: onNotFound })
  }
  await page.register(swaggerUi, {
    routePrefix: '/documentation',
    staticCSP: CONTENT_SECURITY_POLICY,
    theme: { title: 'generator-client' },
    uiConfig: { layout: 'BaseLayout', tryItOutEnabled: true, displayRequestDuration: true, docExpansion: 'list' },
  })
  await page.ready()
  return page
}
