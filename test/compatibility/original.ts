import { readFile } from 'node:fs/promises'
import { PRIVATE_KEY } from '../fixtures/configuration.js'

/** A JSON body as the original README prints it, with a key in the place of `{{private-key}}`. */
export async function originalBody (name: string): Promise<string> {
  const text = await readFile(new URL(`../fixtures/original/${name}.json`, import.meta.url), 'utf8')
  return text.replace('{{private-key}}', PRIVATE_KEY)
}
