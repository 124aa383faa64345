import type { BundledPackage } from './packages.js'

const LINE = '-'.repeat(80)

/** Returns the texts of all licences as one file. */
export function printLicenses (packages: BundledPackage[]): string {
  const sections = packages.map(
    ({ name, version, license, licenseText }) =>
      `${LINE}\n${name} ${version} (${license})\n${LINE}\n\n${licenseText?.trim() ?? `The package has no licence text; its package.json says ${license}.`}\n`
  )
  return `generator-client contains the packages below, each under its own licence.

${sections.join('\n')}`
}
