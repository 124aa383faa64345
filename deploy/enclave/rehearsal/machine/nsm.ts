import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Nsm } from '../../../../test/fixtures/hosts/nsm.js'

/**
 * Stands in for the device /dev/nsm of an enclave, as the unix socket /run/nsm.sock below `root`. It signs a document
 * for each request, whose body is the public key.
 */
export async function openNsmDevice ({ nsm, root, pcrs }: {
  nsm: Nsm, root: string, pcrs: Readonly<Record<string, string>>
}): Promise<{ close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    buffer(request).then(
      publicKey => response.end(nsm.document({ publicKey, pcrs })), () => response.destroy()
    )
  })
  await mkdir(join(root, 'run'), { recursive: true })
  server.listen(join(root, 'run/nsm.sock'))
  await once(server, 'listening')
  return {
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
