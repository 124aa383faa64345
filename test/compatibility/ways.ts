import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { serveAttestation } from '../operator/tunnel/enclave-service.js'
import { startTunnel } from '../operator/tunnel/tunnel-process.js'
import { startService } from '../service-process.js'

type Start = (t: Test, options: Parameters<typeof startService>[1]) => Promise<{ url: string }>

/** A client that knows nothing of attestation reaches a service directly, or an attested one through the tunnel. */
export const WAYS: Record<string, Start> = {
  directly: startService,
  'through the tunnel': async (t, { folder, variables }) => {
    const { url } = await startService(t, { folder, variables: { ...variables, CHANNEL: 'attested' } })
    const operator = await mkdtemp(join(tmpdir(), 'operator-'))
    t.teardown(async () => await rm(operator, { recursive: true, force: true }))
    return await startTunnel(t, { folder: operator, url, attestationUrl: await serveAttestation(t, () => folder) })
  },
}
