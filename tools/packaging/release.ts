import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PACKAGE_FILES, writeDocumentation } from '../openapi/documentation.js'
import { bundle } from './bundle.js'
import { printLicenses } from './licenses.js'
import { findPackages } from './packages.js'
import { describeBill } from './sbom.js'

const run = promisify(execFile)
const PROGRAM = 'generator-client.cjs'

/**
 * Writes the self-contained folder `<folder>/generator-client` and an archive of it, with checksums of both.
 * The same commit makes the same bytes at any time and place. It needs GNU tar and gzip.
 * The working folder must be the project's.
 * @returns path of the archive
 */
export async function makeRelease (folder: string): Promise<{ content: string, archive: string }> {
  const { name, version, license, engines } = JSON.parse(await readFile('package.json', 'utf8'))
  const content = join(folder, name)
  await rm(folder, { recursive: true, force: true })
  const files = await bundle(content)
  await writeDocumentation(join(content, 'documentation'))
  const packages = await findPackages([...files, ...PACKAGE_FILES])
  await chmod(join(content, PROGRAM), 0o755)
  for (const path of ['supervisord', 'LICENSE']) await cp(path, join(content, path), { recursive: true })
  await writeJson(join(content, 'package.json'), {
    name, version, private: true, license, type: 'module', bin: { [name]: PROGRAM }, engines
  })
  await writeJson(join(content, 'sbom.cdx.json'), describeBill({ name, version, packages }))
  await writeFile(join(content, 'THIRD-PARTY-LICENSES'), printLicenses(packages))
  await writeChecksums(content)
  const archive = join(folder, `${name}-${version}.tar.gz`)
  await pack({ folder, name, archive })
  await writeFile(`${archive}.sha256`, await checksumLine(folder, `${name}-${version}.tar.gz`))
  return { content, archive }
}

async function writeJson (path: string, content: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(content, null, 2)}\n`)
}

/** Writes SHA256SUMS in the format of `sha256sum --check`. */
async function writeChecksums (folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(join(folder, '/').length))
  const lines = await Promise.all(paths.sort().map(async path => await checksumLine(folder, path)))
  await writeFile(join(folder, 'SHA256SUMS'), lines.join(''))
}

async function checksumLine (folder: string, path: string): Promise<string> {
  const digest = createHash('sha256').update(await readFile(join(folder, path))).digest('hex')
  return `${digest}  ${path}\n`
}

/** Keeps the clock, the user, the umask and the order on disk out of the archive. */
async function pack ({ folder, name, archive }: { folder: string, name: string, archive: string }): Promise<void> {
  await run('tar', [
    '--create',
    `--file=${archive}`,
    '--use-compress-program=gzip -n -9',
    `--directory=${folder}`,
    '--format=ustar',
    '--sort=name',
    '--mtime=2000-01-01 00:00Z',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u=rwX,go=rX',
    name,
  ])
}
