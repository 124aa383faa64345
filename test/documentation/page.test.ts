import t from 'tap'
import { build } from '../helper.js'

t.test('the page and all that it loads come from here, without a key', async t => {
  const { app } = await build(t)
  const page = await app.inject('/documentation')
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], 'text/html')
  t.match(page.headers['content-security-policy'], "default-src 'none'; script-src 'self';")
  const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!)
  t.ok(assets.length >= 6, `${assets.length} assets`)
  for (const url of assets) {
    t.match(url, /^\/documentation\/static\//)
    t.equal((await app.inject(url)).statusCode, 200, url)
  }
})

t.test('answers are kept, and sent again only where they are not known', async t => {
  const { app } = await build(t)
  const first = await app.inject('/documentation/static/swagger-ui.css')
  const again = await app.inject('/documentation/static/swagger-ui.css?x=1')
  t.ok(first.rawPayload.equals(again.rawPayload))
  t.ok(first.headers.etag)
  const known = await app.inject({ url: '/documentation/static/swagger-ui.css', headers: { 'if-none-match': String(first.headers.etag), range: 'bytes=0-1' } })
  t.match(known, { statusCode: 304, payload: '' })
  for (const path of ['%2e%2e/package.json', '..%2f..%2fpackage.json', '%73wagger-ui.css', '/swagger-ui.css', 'swagger-ui.css%00']) {
    t.equal((await app.inject(`/documentation/static/${path}`)).statusCode, 404, path)
  }
})

t.test('a missing path gets the envelope', async t => {
  const { app } = await build(t)
  for (const url of ['/documentation/nothing', '/documentation/static/nothing.js']) {
    const unknown = await app.inject(url)
    t.equal(unknown.headers['allow'], undefined)
    t.same(unknown.json(), { status: 'error', statusCode: 404, code: 'ROUTE_NOT_FOUND', message: 'There is no such endpoint. /documentation lists all endpoints.', data: null })
    t.equal((await app.inject({ method: 'HEAD', url })).statusCode, 404)
  }
  const posted = await app.inject({ method: 'POST', url: '/documentation' })
  t.equal(posted.statusCode, 405)
  t.equal(posted.headers['allow'], 'GET')
})
