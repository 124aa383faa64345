import type { FastifyInstance, FastifyReply, FastifyRequest, LightMyRequestResponse, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { onNotFound } from './errors.js'
import { createSharedReads } from '../src/timing/shared-reads.js'

/** Of the page's answers; those of the connection are the service's own. */
const HEADERS = ['cache-control', 'content-security-policy', 'content-type', 'etag', 'location', 'referrer-policy', 'x-content-type-options']

/** Names of files as they are: what could be spelled in many ways would be kept as often. */
const PATH = /^(\/(?!\.)[\w.-]+)+\/?(\?|$)/

/**
 * The documentation page at /documentation and the OpenAPI document at /documentation/json: of every route registered after it.
 * No key is needed: nothing of it is secret. Its libraries take some 150 ms to load: not before the first visitor. Its answers are
 * kept, for strangers who do not read theirs: a file for each of them, or a copy, would use up descriptors or memory.
 */
export default fp(async (app) => {
  const routes: RouteOptions[] = []
  const kept = new Map<string, LightMyRequestResponse>()
  const asked = createSharedReads(async (url: string) => await (await pages.join('page')).inject(url))
  const pages = createSharedReads(async () => {
    page ??= await loadPage(routes)
    return page
  })
  let page: FastifyInstance | null = null

  for (const url of ['/documentation', '/documentation/*']) {
    app.route({ method: 'GET', url, handler: showPage })
  }
  app.addHook('onRoute', route => {
    if (route.method !== 'HEAD') routes.push(route)
  })
  app.addHook('onClose', async () => await page?.close())

  async function showPage (request: FastifyRequest, reply: FastifyReply) {
    if (!PATH.test(request.url)) onNotFound(request, reply)
    const { statusCode, statusMessage, headers, rawPayload } = await answerTo(request.url.replace(/\?.*/s, ''))
    for (const name of HEADERS) if (headers[name] !== undefined) reply.header(name, headers[name])
    if (statusCode >= 400) reply.raw.statusMessage = statusMessage
    const isKnown = headers.etag !== undefined && request.headers['if-none-match'] === headers.etag
    return isKnown ? reply.code(304).send() : reply.code(statusCode).send(rawPayload)
  }

  /** Only what is there is kept: there are few such paths, and no end of others. */
  async function answerTo (url: string): Promise<LightMyRequestResponse> {
    const answer = kept.get(url) ?? await asked.join(url)
    if (answer.statusCode < 400) kept.set(url, answer)
    return answer
  }
}, { name: 'documentation' })

async function loadPage (routes: RouteOptions[]): Promise<FastifyInstance> {
  const { createDocumentationPage } = await import('./documentation/page.js')
  return await createDocumentationPage(routes)
}
