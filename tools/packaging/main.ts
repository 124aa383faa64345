/** `bundle` writes what `npm start` runs; `release` writes release/ and tells how large it is. */
import { rm, stat } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { bundle, COMMAND_LINE } from './bundle.js'
import { makeRelease } from './release.js'

const BUNDLE = 'dist/bundle'

if (process.argv[2] === 'bundle') {
  await rm(BUNDLE, { recursive: true, force: true })
  await bundle({ program: 'tools/packaging/generator-client.ts', parts: [COMMAND_LINE], folder: BUNDLE })
} else {
  const { content, archive } = await makeRelease('release')
  const [folderBytes] = execFileSync('du', ['--bytes', '--summarize', content], { encoding: 'utf8' }).split('\t')
  console.log(`${content}: ${megabytes(Number(folderBytes))}`)
  console.log(`${archive}: ${megabytes((await stat(archive)).size)}`)
}

function megabytes (bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
