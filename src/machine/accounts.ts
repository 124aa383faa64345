import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where passwd(5) and group(5) are. */
export const ACCOUNTS = '/etc'

/** The user with the name or number, and its first group; null: there is none. */
export async function findUser (nameOrNumber: string, folder: string): Promise<{ userId: number, groupId: number } | null> {
  const entry = await findEntry(nameOrNumber, join(folder, 'passwd'))
  return entry === undefined ? null : { userId: Number(entry[2]), groupId: Number(entry[3]) }
}

/** The number of the group with the name or number; null: there is none. */
export async function findGroup (nameOrNumber: string, folder: string): Promise<number | null> {
  const entry = await findEntry(nameOrNumber, join(folder, 'group'))
  return entry === undefined ? null : Number(entry[2])
}

/** Node looks up no other user than its own. */
async function findEntry (nameOrNumber: string, file: string): Promise<string[] | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').map((line) => line.split(':')).find(([name, , number]) => name === nameOrNumber || number === nameOrNumber)
}
