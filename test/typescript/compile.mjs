// Compiles every module of the project for the tests, once and in one process, rather than each in the first test that needs it.
import { readdir } from 'node:fs/promises'
import { load } from './hooks.mjs'

const PROJECT = new URL('../../', import.meta.url)
const FOLDERS = ['deploy', 'operator', 'plugins', 'routes', 'schemas', 'src', 'test', 'tools']

for (const folder of FOLDERS) {
  const names = await readdir(new URL(folder, PROJECT), { recursive: true })
  for (const name of names) if (name.endsWith('.ts')) await load(new URL(`${folder}/${name}`, PROJECT).href, {})
}
