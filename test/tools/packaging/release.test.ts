import { execFile, type ExecFileException, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { bundleService } from '../../../tools/packaging/bundle.js'
import { makeRelease } from '../../../tools/packaging/release.js'
import { createDocument } from '../../../tools/openapi/create.js'
import type { OpenApi } from '../../../tools/openapi/types.js'

const run = promisify(execFile)

t.test('the release', async t => {
  // Lies outside the project, so that no package of its node_modules is within reach.
  const folder = await mkdtemp(join(tmpdir(), 'generator-client-release-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  const { content, archive } = await makeRelease(join(folder, 'one'))
  const { version } = JSON.parse(await readFile('package.json', 'utf8'))
  t.equal(archive, join(folder, `one/generator-client-${version}.tar.gz`))

  await t.test('is the same in another folder', async t => {
    const { archive: other } = await makeRelease(join(folder, 'other'))
    t.ok((await readFile(archive)).equals(await readFile(other)))
  })

  await t.test('has checksums of every file and of the archive', async t => {
    await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: content })
    await run('sha256sum', ['--check', '--strict', `${archive}.sha256`], { cwd: join(folder, 'one') })
    const sums = await readFile(join(content, 'SHA256SUMS'), 'utf8')
    const { stdout } = await run('tar', ['--list', `--file=${archive}`])
    const packed = stdout
      .trim()
      .split('\n')
      .filter(path => !path.endsWith('/'))
      .map(path => path.replace('generator-client/', ''))
    t.same(packed.sort(), [...sums.trim().split('\n').map(line => line.slice(66)), 'SHA256SUMS'].sort())
  })

  await t.test('names the packages in it with their licences', async t => {
    const { components, ...bill } = JSON.parse(await readFile(join(content, 'sbom.cdx.json'), 'utf8'))
    t.match(bill, {
      bomFormat: 'CycloneDX', specVersion: '1.5', metadata: { component: { name: 'generator-client', version } }
    })
    const licenses = await readFile(join(content, 'THIRD-PARTY-LICENSES'), 'utf8')
    for (const { name, version, purl, licenses: [{ license }], hashes } of components) {
      t.ok(licenses.includes(`\n${name} ${version} (${license.id})\n`), purl)
      t.match(hashes, [{ alg: 'SHA-512', content: /^[0-9a-f]{128}$/ }])
    }
    for (const name of [
      '@fastify/env', '@fastify/ajv-compiler', 'execa', 'hash-wasm', 'swagger-ui-dist', 'tiny-secp256k1', 'undici'
    ]) {
      t.ok(licenses.includes(`\n${name} `), name)
    }
    t.match(licenses, 'abstract-logging 2.0.1 (MIT)', 'one without a text')
  })

  await t.test('is the service', async t => {
    const { url, post, stop } = await startRelease(t, content, join(folder, 'data'))
    const { data: apiKey } = await post('generateApiKey', {})
    t.match(apiKey, /^[0-9a-f]{64}$/)
    t.match(await post('signAddress', { address: '0xBEf74FB32CCeB599EFdE2fa3B2285A9462D207d1' }, apiKey), {
      message: 'Address signed',
    })
    t.match(await post('signAddress', {}, apiKey), { statusCode: 400, code: 'INVALID_REQUEST' })
    // A thread of its own reads what is larger than 256 KiB.
    t.match(await post('generatorConfigSetup', { generator_config: Array(300_000).fill(0) }, apiKey), {
      statusCode: 400, data: { field: 'runtime_config' }
    })
    const document = await (await fetch(`${url}/documentation/json`)).json() as OpenApi
    t.same(document, JSON.parse(JSON.stringify(await createDocument())))
    const page = await (await fetch(`${url}/documentation`)).text()
    for (const [, path = ''] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
      t.equal((await fetch(`${url}${path}`)).status, 200, path)
    }
    t.same(await stop(), [0, null])
  })

  await t.test('is the command line', async t => {
    const program = join(content, 'generator-client.cjs')
    t.match(
      (await run(program, ['--help'], { cwd: folder })).stdout, /^Usage: generator-client \[options\] \[command\]/
    )
    const { code, stderr } = await run(
      program, ['nonsense'], { cwd: folder }
    ).catch((error: ExecFileException) => error) as ExecFileException
    t.equal(code, 2)
    t.match(stderr, "Unknown command 'nonsense'")
  })

  await t.test('is the service through `serve`, too', async t => {
    const { post, stop } = await startRelease(t, content, join(folder, 'served-data'), 'serve')
    t.match(await post('generateApiKey', {}), { message: 'API key generated' })
    t.same(await stop(), [0, null])
  })

  await t.test('is the service without the command line, too, whose parser is nowhere else', async t => {
    await rm(join(content, 'cli'), { recursive: true })
    for (const name of await readdir(content)) {
      if (/\.c?js$/.test(name)) t.notMatch(await readFile(join(content, name), 'utf8'), 'node_modules/commander/', name)
    }
    const { post, stop } = await startRelease(t, content, join(folder, 'other-data'))
    t.match(await post('generateApiKey', {}), { message: 'API key generated' })
    t.same(await stop(), [0, null])
  })
})

t.test('a file without what must be replaced in it stops the bundling', async t => {
  const folder = t.testdir({ src: { http: { 'lazy-compilers.ts': 'export {}' } } })
  const project = process.cwd()
  process.chdir(folder)
  t.teardown(() => process.chdir(project))
  await t.rejects(
    bundleService({ source: 'src/http/lazy-compilers.ts', folder: 'out' }),
    { message: /src\/http\/lazy-compilers.ts has no "const require.*any more/ }
  )
})

/** Runs the release in a folder of its own. */
async function startRelease (t: Test, content: string, folder: string, ...parameters: string[]) {
  const variables = { PORT: '0', CONFIG_DIR: folder, SECP_KEY_PATH: join(folder, 'nowhere'), CHAIN_CHECKS: 'off' }
  const child = spawn(join(content, 'generator-client.cjs'), parameters, {
    cwd: join(content, '..'), env: { PATH: process.env['PATH'], ...variables }, stdio: ['ignore', 'pipe', 'inherit']
  })
  const exited = once(child, 'exit')
  t.teardown(() => child.kill('SIGKILL'))
  const post = async (path: string, body: object, apiKey = '') =>
    (await (
      await fetch(`${url}/api/${path}`, {
        method: 'POST', headers: { 'api-key': apiKey, 'content-type': 'application/json' }, body: JSON.stringify(body)
      })
    ).json()) as Record<string, any>
  const url = await listening(child.stdout)
  child.stdout.resume()
  const stop = async () => {
    child.kill()
    return await exited
  }
  return { url, post, stop }
}

async function listening (output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const url = /listening at (http:[^"]*)"/.exec(line)?.[1]
    if (url !== undefined) return url
  }
  throw new Error('The release ended before it listened')
}
