import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'

/**
 * The documentation page at /documentation and the OpenAPI document at /documentation/json: of every route registered after it.
 * No key is needed: nothing of it is secret. Its libraries take some 150 ms to load: not before the first visitor.
 */
export default fp(async (app) => {
  const routes: RouteOptions[] = []
  let page: Promise<FastifyInstance> | null = null

  for (const url of ['/documentation', '/documentation/*']) {
    app.route({ method: 'GET', url, handler: showPage })
  }
  app.addHook('onRoute', route => {
    if (route.method !== 'HEAD') routes.push(route)
  })
  app.addHook('onClose', async () => await (await page)?.close())

  async function showPage (request: FastifyRequest, reply: FastifyReply): Promise<void> {
    page ??= loadPage(routes)
    const { routing } = await page
    reply.hijack()
    routing(request.raw, reply.raw)
  }
}, { name: 'documentation' })

async function loadPage (routes: RouteOptions[]): Promise<FastifyInstance> {
  const { createDocumentationPage } = await import('./documentation/page.js')
  return await createDocumentationPage(routes)
}
