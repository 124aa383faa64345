import { createECDH } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import type { Test } from 'tap'
import { startHttpServer } from '../../fixtures/http-server.js'
import { type ServiceProcess, startService } from '../../service-process.js'
import { makeDocument } from '../channel/document.js'
import { startTunnel } from './tunnel-process.js'

/** An attestation server for the service whose folder `folder` returns. */
export async function serveAttestation (t: Test, folder: () => string): Promise<string> {
  return await startHttpServer(t, async (_request, response) => {
    response.end(makeDocument(await readKey(folder())))
  })
}

/** The service as a process, on a port of its own, with its attestation server and a tunnel that leads to it. */
export async function startThroughTunnel (t: Test) {
  const folder = t.testdir({ first: {}, second: {}, operator: {} })
  let port = '0'
  let current = join(folder, 'first')
  const attestationUrl = await serveAttestation(t, () => current)
  const start = async (data: string): Promise<ServiceProcess> => {
    current = join(folder, data)
    const service = await startService(t, { folder: current, variables: { PORT: port, CHANNEL: 'attested' } })
    port = new URL(service.url).port
    return service
  }
  const service = await start('first')
  const tunnel = await startTunnel(t, { folder: join(folder, 'operator'), url: service.url, attestationUrl })
  const call = async (method: string, path: string, key = '') => {
    // A kept connection could end with the service just when it is used again.
    const asked = request(`${tunnel.url}${path}`, { method, headers: { 'api-key': key }, agent: false }).end()
    const [answer] = await once(asked, 'response') as [IncomingMessage]
    return { status: answer.statusCode, body: await json(answer) as Record<string, any> }
  }
  return { service, tunnel, call, start }
}

/** The public key of the secret that a service has made in its folder, 64 bytes. */
async function readKey (folder: string): Promise<Buffer> {
  const ecdh = createECDH('secp256k1')
  ecdh.setPrivateKey(await readFile(join(folder, 'secp.sec')))
  return ecdh.getPublicKey().subarray(1)
}
