import { mkdir, readFile, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { startHttpServer } from '../../fixtures/http-server.js'
import { build } from '../../helper.js'
import { runCli } from '../cli/run-cli.js'
import { makeDocument, POLICY } from './document.js'

/** The service as its enclave runs it, its attestation server, and an operator whose profile has a policy. */
export async function startAttestedService (t: Test, variables: NodeJS.ProcessEnv = {}) {
  const folder = t.testdir({ data: {}, operator: {} })
  const service = await build(t, { folder: join(folder, 'data'), variables: { CHANNEL: 'attested', ...variables } })
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(service.app.server.address() as AddressInfo).port}`
  let document = (): Buffer => makeDocument(service.app.attestedKey.publicKey)
  const attestationUrl = await startHttpServer(t, (_request, response) => { response.end(document()) })
  const profile = join(folder, 'operator/profile.json')
  await mkdir(join(folder, 'operator'), { recursive: true, mode: 0o700 })
  const content = { url, attestation_url: attestationUrl, attestation: POLICY }
  const writeProfile = async (changes: object = {}) =>
    await writeFile(profile, JSON.stringify({ ...content, ...changes }), { mode: 0o600 })
  await writeProfile()
  const environment = { GENERATOR_CLIENT_PROFILE: profile }
  return {
    service,
    url,
    attestationUrl,
    folder,
    profile,
    environment,
    writeProfile,
    readProfile: async () => JSON.parse(await readFile(profile, 'utf8')),
    serveDocument: (make: () => Buffer) => { document = make },
    cli: async (...argv: string[]) => await runCli(argv, { environment }),
  }
}
