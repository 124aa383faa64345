import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'

type Release = () => Promise<void>

const CLAIM = /^\.claim-[0-9a-f-]{36}(?:\.new)?$/

/**
 * Claims a folder against all other processes of this network namespace. Binds a socket in Linux's abstract namespace,
 * so two claims cannot succeed at once. The name is the folder's device and inode, because containers may have other
 * folders at the same path. Fails with EADDRINUSE.
 */
export async function claimInNetwork (folder: string): Promise<Release> {
  const { dev, ino } = await stat(folder, { bigint: true })
  const server = await listen(`\0generator-client-${dev}-${ino}`)
  return async () => await close(server)
}

/**
 * Claims a folder against other network namespaces too, by a socket in the folder that answers while its service lives.
 * Each service shows its socket before it looks for others, so at most one succeeds. Does nothing on a file system
 * without sockets. Fails with EADDRINUSE.
 */
export async function claimOnDisk (folder: string, descriptors: string): Promise<Release> {
  const own = `.claim-${randomUUID()}`
  const handle = await open(folder)
  // A socket's path may have 107 bytes, and the folder's own path may be longer.
  const pathOf = (name: string): string => `${descriptors}/${handle.fd}/${name}`
  try {
    const server = await listen(pathOf(`${own}.new`)).catch(() => null)
    if (server === null) return async () => {}
    const release = async (): Promise<void> => {
      await close(server)
      await rm(join(folder, own), { force: true })
    }
    // Others take a claim that does not answer for a dead service's. So it gets its name once it answers.
    await rename(join(folder, `${own}.new`), join(folder, own))
    for (const name of (await readdir(folder)).filter(name => CLAIM.test(name) && name !== own)) {
      if (await answers(pathOf(name))) {
        await release()
        throw Object.assign(new Error(`${name} answers`), { code: 'EADDRINUSE' })
      }
      await rm(join(folder, name), { force: true })
    }
    return release
  } finally {
    await handle.close()
  }
}

async function listen (path: string): Promise<Server> {
  const server = createServer(connection => connection.destroy()).listen({ path })
  await once(server, 'listening')
  return server.unref()
}

async function close (server: Server): Promise<void> {
  await new Promise(resolve => { server.close(resolve) })
}

/** Returns false if the process that listened there has ended. */
async function answers (path: string): Promise<boolean> {
  const socket = connect({ path })
  const isRefused = ({ code }: NodeJS.ErrnoException): boolean => ['ECONNREFUSED', 'ENOENT'].includes(String(code))
  return await once(socket, 'connect').then(() => true, error => !isRefused(error)).finally(() => socket.destroy())
}
