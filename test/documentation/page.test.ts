import t from 'tap'
import { build } from '../helper.js'

const TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', png: 'image/png'
}
const HEADERS = {
  'cache-control': 'no-cache',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

t.test('the page and all that it loads come from here, without a key', async t => {
  const { app } = await build(t)
  const page = await app.inject('/documentation')
  const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!)
  t.equal(assets.length, 5)
  for (const [url, type] of Object.entries({
    '/documentation': 'text/html; charset=utf-8',
    '/documentation/': 'text/html; charset=utf-8',
    '/documentation/json': 'application/json; charset=utf-8',
    ...Object.fromEntries(assets.map(url => [url, TYPES[url.split('.').at(-1)!]])),
  })) {
    const { statusCode, headers, rawPayload } = await app.inject(url)
    t.equal(statusCode, 200, url)
    t.match(headers, { ...HEADERS, 'content-type': type, 'content-length': String(rawPayload.length) }, url)
    t.match(await app.inject({ method: 'HEAD', url }), {
      statusCode: 200, payload: '', headers: { ...HEADERS, 'content-length': String(rawPayload.length) }
    })
  }
})

t.test('an answer that the browser has is not sent again', async t => {
  const { app } = await build(t)
  const first = await app.inject('/documentation/static/swagger-ui.css')
  const again = await app.inject('/documentation/static/swagger-ui.css?x=1')
  t.ok(first.rawPayload.equals(again.rawPayload))
  t.ok(first.headers.etag)
  const known = await app.inject({
    url: '/documentation/static/swagger-ui.css',
    headers: { 'if-none-match': String(first.headers.etag), range: 'bytes=0-1' },
  })
  t.match(known, { statusCode: 304, payload: '' })
  for (const path of [
    '%2e%2e/package.json', '..%2f..%2fpackage.json', '%73wagger-ui.css', '/swagger-ui.css', 'swagger-ui.css%00', '',
    '.', '../index.html', '../LICENSE', '__proto__',
  ]) {
    t.equal((await app.inject(`/documentation/static/${path}`)).statusCode, 404, path)
  }
})

t.test('a missing path gets the envelope', async t => {
  const { app } = await build(t)
  for (const url of [
    '/documentation/nothing', '/documentation/json/', '/documentation/static', '/documentation/static/nothing.js'
  ]) {
    const unknown = await app.inject(url)
    t.equal(unknown.headers['allow'], undefined)
    t.same(unknown.json(), {
      status: 'error',
      statusCode: 404,
      code: 'ROUTE_NOT_FOUND',
      message: 'There is no such endpoint. /documentation lists all endpoints.',
      data: null,
    })
    t.equal((await app.inject({ method: 'HEAD', url })).statusCode, 404)
  }
  const posted = await app.inject({ method: 'POST', url: '/documentation' })
  t.equal(posted.statusCode, 405)
  t.equal(posted.headers['allow'], 'GET')
})
