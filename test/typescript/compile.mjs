// Compiles every module for the tests once and in one process, so that no test has to.
import { readdir } from 'node:fs/promises'
import { load, ONE_FILE, resolve } from './hooks.mjs'

const PROJECT = new URL('../../', import.meta.url)
const FOLDERS = ['deploy', 'operator', 'plugins', 'routes', 'schemas', 'src', 'test', 'tools']

for (const folder of FOLDERS) {
  const names = await readdir(new URL(folder, PROJECT), { recursive: true })
  for (const name of names) if (/(?<!\.d)\.ts$/.test(name)) await load(new URL(`${folder}/${name}`, PROJECT).href, {})
}
for (const name of ONE_FILE) await resolve(name)
