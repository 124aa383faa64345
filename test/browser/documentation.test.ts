import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import axe from 'axe-core'
import { chromium, type Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { setup } from '../fixtures/configuration.js'
import { build } from '../helper.js'

/** Debian's package. */
const CHROMIUM = '/usr/bin/chromium'
const isMissing = !existsSync(CHROMIUM) && process.env['REQUIRE_CHROMIUM'] !== '1'
const { ARTIFACTS_DIR } = process.env

t.test('in a browser: authorise, ask for the status, see the answer', {
  skip: isMissing && `no ${CHROMIUM}: apt-get install chromium`
}, async t => {
  const service = await build(t, { folder: t.testdir({}) })
  const key = await service.generateApiKey()
  t.equal((await service.send('POST', '/api/generatorConfigSetup', setup)).statusCode, 200)
  const origin = await service.app.listen({ port: 0, host: '127.0.0.1' })

  // Chromium has no sandbox for root.
  const browser = await chromium.launch({
    executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ['--no-sandbox'] : []
  })
  t.teardown(async () => await browser.close())
  const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } })
  const requests: string[] = []
  const complaints: string[] = []
  page.on('request', request => requests.push(request.url()))
  page.on('console', message => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()) })
  page.on('pageerror', error => complaints.push(String(error)))

  await page.goto(origin)
  await page.getByText('Ready', { exact: true }).waitFor()
  await expectAccessible(t, page, 'the page at /')
  await page.getByRole('link', { name: 'All calls' }).click()
  await page.getByRole('button', { name: 'Authorize' }).waitFor()
  await expectAccessible(t, page, 'the page')
  await page.getByRole('button', { name: 'Authorize' }).click()
  const dialog = page.locator('.dialog-ux')
  await expectAccessible(t, page, 'the dialog')
  t.equal(await dialog.locator('.auth-container').first().locator('h4').textContent(), 'apiKey\u00a0(apiKey)')
  t.same(
    await dialog
      .locator('input')
      .evaluateAll(fields => fields.map(field => [field.id, field.getAttribute('type'), field.matches(':focus')])),
    [
      ['api_key_value', 'password', true],
      ['auth-bearer-value', 'password', false],
      ['auth-basic-username', 'text', false],
      ['auth-basic-password', 'password', false],
    ]
  )
  await page.keyboard.type(key)
  await dialog.getByRole('button', { name: 'Apply credentials' }).first().click()
  await dialog.getByRole('button', { name: 'Close' }).last().click()

  const operation = page.locator('.opblock', { has: page.locator('[data-path="/api/getGeneratorStatus"]') })
  await operation.locator('.opblock-summary-control').click()
  await operation.getByRole('button', { name: 'Execute' }).click()
  const answer = operation.locator('.live-responses-table .response')
  await answer.getByText("Generator hasn't been started yet.").waitFor()
  t.match(await answer.locator('.response-col_status').textContent(), '200')

  await expectAccessible(t, page, 'the answer')

  if (ARTIFACTS_DIR !== undefined) await mkdir(ARTIFACTS_DIR, { recursive: true })
  const path = join(ARTIFACTS_DIR ?? service.folder, 'documentation.png')
  await page.screenshot({ path })
  t.comment(`screenshot: ${path}`)

  t.ok(requests.length >= 6, `${requests.length} requests`)
  t.same(requests.filter(url => !url.startsWith(`${origin}/`) && !url.startsWith('data:')), [], 'all to the service')
  t.same(complaints, [], 'nothing that the content security policy forbids, no error')
})

/** Runs axe by the debugger's protocol, which the content security policy does not concern. */
async function expectAccessible (t: Test, page: Page, name: string): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const { result } = await session.send('Runtime.evaluate', {
    expression: `${axe.source}; axe.run().then(({ passes, violations }) => ({ passes: passes.length, violations: violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html, failureSummary])]) }))`,
    awaitPromise: true,
    returnByValue: true,
  })
  const { passes, violations } = result.value as { passes: number, violations: unknown[] }
  t.ok(passes > 10, `${name} passes ${passes} rules`)
  t.same(violations, [], `${name} has no violation`)
  await session.detach()
}
