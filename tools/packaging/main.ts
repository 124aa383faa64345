/**
 * `documentation` writes what the service serves at /documentation, `bundle` what `npm start` runs, and `release` the folder release/,
 * with its size on stdout.
 */
import { rm, stat } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { writeDocumentation } from '../openapi/documentation.js'
import { bundle } from './bundle.js'
import { makeRelease } from './release.js'

const BUNDLE = 'dist/bundle'

switch (process.argv[2]) {
  case 'documentation':
    await writeDocumentation('dist/documentation')
    break
  case 'bundle':
    await rm(BUNDLE, { recursive: true, force: true })
    await bundle({ program: 'tools/packaging/generator-client.ts', folder: BUNDLE })
    await writeDocumentation(`${BUNDLE}/documentation`)
    break
  default: {
    const { content, archive } = await makeRelease('release')
    const [folderBytes] = execFileSync('du', ['--bytes', '--summarize', content], { encoding: 'utf8' }).split('\t')
    console.log(`${content}: ${megabytes(Number(folderBytes))}`)
    console.log(`${archive}: ${megabytes((await stat(archive)).size)}`)
  }
}

function megabytes (bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
