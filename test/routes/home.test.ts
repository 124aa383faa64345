import { hash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { VERSION } from '../../src/version.js'
import { build } from '../helper.js'

t.test('a stranger sees what this is and whether it is ready; the version is for the owner', async t => {
  const service = await build(t)
  const key = await service.generateApiKey()
  const page = await service.app.inject('/')
  t.equal(page.statusCode, 200)
  t.equal(page.headers['content-type'], 'text/html; charset=utf-8')
  t.equal(page.headers['cache-control'], 'no-store')
  t.match(page.body, /^<!doctype html>\n<html lang="en">\n/)
  t.match(page.body, '<dt>Live</dt><dd>yes</dd>\n<dt>Ready</dt><dd>yes</dd>\n</dl>')
  t.notMatch(page.body, VERSION)
  for (const link of ['/documentation', '/health/ready']) {
    t.match(page.body, `<a href="${link}">`)
    t.equal((await service.app.inject(link)).statusCode, 200)
  }
  t.equal((await service.app.inject({ url: '/', headers: { 'api-key': 'wrong' } })).body, page.body)
  const own = await service.app.inject({ url: '/', headers: { 'api-key': key } })
  t.match(own.body, `<dt>Version</dt><dd>${VERSION}</dd>`)
})

t.test('the policy allows the style of the page alone', async t => {
  const { app } = await build(t)
  const { body, headers } = await app.inject('/')
  const [, style = ''] = /<style>([^]*?)<\/style>/.exec(body) ?? []
  t.equal(
    headers['content-security-policy'],
    `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  )
  t.equal(headers['x-content-type-options'], 'nosniff')
  t.equal(headers['referrer-policy'], 'no-referrer')
  t.notMatch(body, /<script|<link|<img|src=|https?:/)
})

t.test('HEAD has the headers alone, and other methods are refused', async t => {
  const { app } = await build(t)
  const page = await app.inject('/')
  const head = await app.inject({ method: 'HEAD', url: '/' })
  t.match(head, { statusCode: 200, body: '' })
  t.equal(head.headers['content-length'], page.headers['content-length'])
  const posted = await app.inject({ method: 'POST', url: '/' })
  t.equal(posted.statusCode, 405)
  t.match(posted.json(), { status: 'error', code: 'METHOD_NOT_ALLOWED' })
})

t.test('a service that is not ready says so', async t => {
  const service = await build(t)
  await service.generateApiKey()
  await writeFile(join(service.folder, 'secp.sec'), 'damaged')
  t.match((await service.app.inject('/')).body, '<dt>Ready</dt><dd>no</dd>')
  t.equal((await service.app.inject('/health/ready')).statusCode, 503)
})

t.test('the page is for people, so the OpenAPI document leaves it out', async t => {
  const { app } = await build(t)
  t.notOk('/' in (await app.inject('/documentation/json')).json().paths)
})
