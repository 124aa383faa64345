import type { BundledPackage } from './packages.js'

/**
 * Writes a software bill of materials (CycloneDX 1.5) of the bundle. It has no time and no serial number, so that the
 * same sources make the same file.
 */
export function describeBill ({
  name, version, packages
}: {
  name: string, version: string, packages: BundledPackage[]
}) {
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': reference({ name, version }),
        name,
        version,
        licenses: [{ license: { id: 'MIT' } }],
      },
    },
    components: packages.map(({ name, version, license, sha512 }) => ({
      type: 'library',
      'bom-ref': reference({ name, version }),
      name,
      version,
      purl: reference({ name, version }),
      licenses: [{ license: { id: license } }],
      hashes: [{ alg: 'SHA-512', content: Buffer.from(sha512, 'base64').toString('hex') }],
    })),
  }
}

/** Package URL (https://github.com/package-url/purl-spec): the @ of a scope is encoded. */
function reference ({ name, version }: { name: string, version: string }): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}
