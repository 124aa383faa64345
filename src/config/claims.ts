import { randomUUID } from 'node:crypto'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join } from 'node:path'

/** Ends a claim. */
type Release = () => Promise<void>

const CLAIM = /^\.claim-[0-9a-f-]{36}(?:\.new)?$/

/**
 * A claim on a folder that excludes every other of this network namespace, even at the same instant: a socket in Linux' abstract
 * namespace, named by the folder itself, since containers may have other folders at the same path. Fails with EADDRINUSE.
 */
export async function claimInNetwork (folder: string): Promise<Release> {
  const { dev, ino } = await stat(folder, { bigint: true })
  const server = await listen(`\0generator-client-${dev}-${ino}`)
  return async () => await close(server)
}

/**
 * A claim that other network namespaces see too: a socket in the folder, which answers as long as its service lives. Each shows
 * its own before it looks for others: of two at the same instant none, or one, comes up. Fails with EADDRINUSE.
 * A file system that holds no sockets has no such claims.
 */
export async function claimOnDisk (folder: string, descriptors: string): Promise<Release> {
  const own = `.claim-${randomUUID()}`
  const handle = await open(folder)
  // The path of a socket has 107 bytes at most; the folder's own may be longer.
  const pathOf = (name: string): string => `${descriptors}/${handle.fd}/${name}`
  try {
    const server = await listen(pathOf(`${own}.new`)).catch(() => null)
    if (server === null) return async () => {}
    const release = async (): Promise<void> => {
      await close(server)
      await rm(join(folder, own), { force: true })
    }
    // A claim that does not answer is taken for a dead service's: it gets its name when it does.
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
  const server = createServer(connection => connection.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path }, resolve)
  })
  return server.unref()
}

async function close (server: Server): Promise<void> {
  await new Promise(resolve => { server.close(resolve) })
}

/** False: the process that listened there has ended. */
async function answers (path: string): Promise<boolean> {
  return await new Promise(resolve => {
    const socket = connect({ path })
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(!['ECONNREFUSED', 'ENOENT'].includes(String(code))))
  })
}
