import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

/** The kernel ends a namespace's processes one after another, once its first one is gone. */
const ATTEMPTS = 25
const ATTEMPT_MS = 200

/** Lists the remains of a rehearsal in `folder`: processes whose root lies in it, mounts, files. */
export async function leftBehind (folder: string): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    const rest = [...await processes(folder), ...await mounts(folder), ...await files(folder)]
    if (rest.length === 0 || attempt === ATTEMPTS) return rest
    await pause(ATTEMPT_MS)
  }
}

async function processes (folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  // A process that has ended meanwhile has no root.
  const roots = await Promise.all(pids.map(async pid => readlink(`/proc/${pid}/root`).catch(() => '')))
  return pids.filter((_, index) => roots[index]!.startsWith(folder)).map(pid => `process ${pid}`)
}

async function mounts (folder: string): Promise<string[]> {
  const table = await readFile('/proc/self/mounts', 'utf8')
  return table.split('\n').filter(line => line.includes(folder)).map(line => `mount ${line}`)
}

async function files (folder: string): Promise<string[]> {
  return await stat(folder).then(() => [`folder ${folder}`], () => [])
}
