import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { onNotFound } from './errors.js'
import { findPackaged } from '../src/files/packaged-path.js'
import { createSharedReads } from '../src/timing/shared-reads.js'

/** The build puts the page and its OpenAPI document beside it (tools/openapi). */
const PAGE = 'documentation/index.html'

const CONTENT_TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
}

/** The page loads scripts and styles from here alone, and sends its requests here alone. */
const HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/**
 * The documentation page at /documentation, and the OpenAPI document at /documentation/json. No key is needed, because nothing of
 * it is secret. Its files are read once, for the first visitor. Strangers who do not read their answers would otherwise use up
 * memory or descriptors.
 */
export default fp(async (app) => {
  const reads = createSharedReads(readAnswers)
  let kept: Awaited<ReturnType<typeof readAnswers>> | null = null

  for (const url of ['/documentation', '/documentation/*']) {
    app.route({ method: 'GET', url, schema: { hide: true }, config: { answersPlainly: true }, handler: showPage })
  }

  async function showPage (request: FastifyRequest, reply: FastifyReply) {
    kept ??= await reads.join(findPackaged(PAGE))
    const answer = kept.get(request.url.replace(/\?.*/s, ''))
    if (answer === undefined) return onNotFound(request, reply)
    reply.headers({ ...HEADERS, ...answer.headers })
    return request.headers['if-none-match'] === answer.headers.etag ? reply.code(304).send() : reply.send(answer.content)
  }
}, { name: 'documentation' })

async function readAnswers (pageFile: string) {
  const folder = dirname(pageFile)
  const page = await readAnswer(pageFile)
  const answers = new Map([['/documentation', page], ['/documentation/', page], ['/documentation/json', await readAnswer(join(folder, 'openapi.json'))]])
  for (const name of await readdir(join(folder, 'static'))) {
    answers.set(`/documentation/static/${name}`, await readAnswer(join(folder, 'static', name)))
  }
  return answers
}

async function readAnswer (file: string) {
  const content = await readFile(file)
  const digest = createHash('sha256').update(content).digest('base64url')
  return { content, headers: { 'content-type': CONTENT_TYPES[extname(file)], etag: `"${digest}"` } }
}
