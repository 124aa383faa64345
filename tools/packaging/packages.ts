import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface BundledPackage {
  name: string
  version: string
  /** SPDX expression. */
  license: string
  /** Text of its licence, or null if the package has none. */
  licenseText: string | null
  /** SHA-512 of its archive in base64, from the lockfile. */
  sha512: string
}

/** Lists the packages of the given files, by name and version. The working folder must be the project's. */
export async function findPackages (files: string[]): Promise<BundledPackage[]> {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8'))
  const folders = new Set(files.flatMap(file => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []))
  const packages = new Map<string, BundledPackage>()
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    const sha512 = lock.packages[folder].integrity.replace('sha512-', '')
    packages.set(`${name} ${version}`, { name, version, license, licenseText: await readLicense(folder), sha512 })
  }
  return [...packages].sort(([one], [other]) => one < other ? -1 : 1).map(([, found]) => found)
}

async function readLicense (folder: string): Promise<string | null> {
  const name = (await readdir(folder)).find(name => /^licen[sc]e/i.test(name))
  return name === undefined ? null : await readFile(join(folder, name), 'utf8')
}
