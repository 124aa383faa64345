import { readFile } from 'node:fs/promises'
import t from 'tap'

interface Package {
  version?: string
  /** Needed for development only. */
  dev?: boolean
  hasInstallScript?: boolean
}

const { packages } = JSON.parse(await readFile(
  new URL('../package-lock.json', import.meta.url), 'utf8'
)) as { packages: Record<string, Package> }
/** Every copy of every package, also of those inside others. */
const copies = Object.entries(packages).map(([path, facts]) => ({
  path, name: path.split('node_modules/').at(-1)!, ...facts
}))

/** The oldest that are without known holes. */
const OLDEST = { ws: [8, 21, 0], 'fast-uri': [3, 1, 2], fastify: [5, 8, 5] }

t.test('no package pulls in elliptic (CVE-2025-14505 has no fix), or secp256k1, which falls back to it', async t => {
  t.same(copies.filter(({ name }) => ['elliptic', 'secp256k1'].includes(name)), [])
})

t.test('packages with known holes are those that have been mended, wherever they are', async t => {
  for (const [name, oldest] of Object.entries(OLDEST)) {
    const found = copies.filter(copy => copy.name === name)
    t.ok(found.length > 0, `${name} is there`)
    for (const { path, version } of found) t.ok(isAtLeast(version!, oldest), `${path} ${version}`)
  }
})

t.test('no package of the service runs a script when it is installed', async t => {
  t.same(copies.filter(({ dev = false, hasInstallScript = false }) => hasInstallScript && !dev), [])
})

function isAtLeast (version: string, oldest: number[]): boolean {
  const numbers = version.split(/[.-]/).map(Number)
  const different = oldest.findIndex((number, place) => numbers[place] !== number)
  return different === -1 || numbers[different]! > oldest[different]!
}
