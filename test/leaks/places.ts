import { lstat, readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Something that was printed, answered, stored or handed down, and its place. */
export interface Finding {
  place: string
  data: Buffer
}

/** Arguments and environment of all processes below one, and the arguments of that one. */
export async function processesBelow (root: number): Promise<Finding[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const parents = new Map(await Promise.all(pids.map(async pid => [pid, await parentOf(pid)] as const)))
  const below = pids.filter(pid => isBelow(pid, root, parents))
  const found = await Promise.all(below.flatMap(pid => ['cmdline', 'environ'].map(async part => ({
    place: `${part} of process ${pid}`, data: await readFile(`/proc/${pid}/${part}`).catch(() => Buffer.alloc(0))
  }))))
  return [...found, { place: 'arguments of the service', data: await readFile(`/proc/${root}/cmdline`) }]
}

async function parentOf (pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  return Number(/^\d+ \(.*\) \S (\d+)/s.exec(stat)?.[1] ?? 0)
}

function isBelow (pid: number, root: number, parents: Map<number, number>): boolean {
  const parent = parents.get(pid) ?? 0
  return parent === root || (parent > 1 && isBelow(parent, root, parents))
}

/** Content of every file below a folder. A file that may hold the secret counts only if others may read it. */
export async function filesBelow (folder: string, { meant }: { meant: RegExp }): Promise<Finding[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = names.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const findings = await Promise.all(files.map(async path => {
    const isPrivate = ((await lstat(path)).mode & 0o777) === 0o600
    return isPrivate && meant.test(path)
      ? []
      : [
          { place: `file ${relative(folder, path)}`, data: await readFile(path) }
        ]
  }))
  return findings.flat()
}
