import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The folder of passwd(5) and group(5). */
export const ACCOUNTS = '/etc'

/** Finds a user by name or number, with the primary group, or null. */
export async function findUser (nameOrNumber: string, folder: string): Promise<{ userId: number, groupId: number } | null> {
  const entry = await findEntry(nameOrNumber, join(folder, 'passwd'))
  return entry === undefined ? null : { userId: Number(entry[2]), groupId: Number(entry[3]) }
}

/** Finds a group's number by name or number, or null. */
export async function findGroup (nameOrNumber: string, folder: string): Promise<number | null> {
  const entry = await findEntry(nameOrNumber, join(folder, 'group'))
  return entry === undefined ? null : Number(entry[2])
}

/** Node can look up no user but its own. */
async function findEntry (nameOrNumber: string, file: string): Promise<string[] | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').map((line) => line.split(':')).find(([name, , number]) => name === nameOrNumber || number === nameOrNumber)
}
