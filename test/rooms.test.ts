import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import t from 'tap'
import { projectFolder } from './project.js'

/** The largest number of files that a folder itself holds. */
const ROOMS: Readonly<Record<string, number>> = {
  src: 12, operator: 12, tools: 12, plugins: 16, routes: 16, schemas: 16
}

/** docs/architecture.md tells the purpose of each. */
const TOP_LEVEL = ['deploy', 'docs', 'operator', 'plugins', 'routes', 'schemas', 'src', 'supervisord', 'test', 'tools']
/** Builds, tests and npm leave these behind. .gitignore has them. */
const BUILT = ['artifacts', 'dist', 'generator_config', 'node_modules', 'release']

t.test('the top level has the planned folders alone', async t => {
  const entries = await readdir(projectFolder(), { withFileTypes: true })
  const folders = entries.filter(entry => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
  t.same(folders.filter(name => !TOP_LEVEL.includes(name) && !BUILT.includes(name)), [])
})

for (const [room, largest] of Object.entries(ROOMS)) {
  t.test(`no folder in ${room} has more than ${largest} files of its own`, async t => {
    const entries = await readdir(join(projectFolder(), room), { recursive: true, withFileTypes: true })
    const sizes = new Map<string, number>()
    for (const entry of entries) if (entry.isFile()) sizes.set(entry.parentPath, (sizes.get(entry.parentPath) ?? 0) + 1)
    t.ok(sizes.size > 0)
    const above = [...sizes].filter(([, size]) => size > largest).map(([folder]) => relative(projectFolder(), folder))
    t.same(above, [])
  })
}
