/**
 * `documentation` writes the page and the document of /documentation.
 * `bundle` writes the program of `npm start`.
 * `release` writes release/ and prints its size.
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
    await bundle(BUNDLE)
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
