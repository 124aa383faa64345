// Starts the service from the code that V8 compiled in an earlier start, which saves a third of the time.
import { createHash } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'

/** The build sets both: the name of the service's bundle, and the start of the bundle's SHA-256. */
declare const BUNDLE: string
declare const DIGEST: string

/** After this time the service listens, and has run what a start needs. */
const KEEP_AFTER_MS = 3000

const bundle = join(__dirname, BUNDLE)
const kept = `${bundle}.${DIGEST}.${process.version}.cache`

launch()

/** A function, so that no variable holds the kept code in memory. */
function launch (): void {
  const cachedData = readKept()
  const script = new Script(readFileSync(bundle, 'latin1'), {
    filename: bundle,
    ...cachedData !== undefined && { cachedData },
  })
  script.runInThisContext()(require, module, exports, __dirname, pathToFileURL(bundle).href)
  if (cachedData === undefined || script.cachedDataRejected === true) setTimeout(keep, KEEP_AFTER_MS, script).unref()
}

/** V8 does not see every damage, and could crash. So the file begins with its SHA-256. */
function readKept (): Buffer | undefined {
  try {
    const file = readFileSync(kept)
    const code = file.subarray(32)
    return sha256(code).equals(file.subarray(0, 32)) ? code : undefined
  } catch {
    return undefined
  }
}

function keep (script: Script): void {
  const temporary = `${kept}.${process.pid}`
  try {
    const code = script.createCachedData()
    writeFileSync(temporary, Buffer.concat([sha256(code), code]), { flush: true, mode: 0o600 })
    renameSync(temporary, kept)
  } catch {
    // The folder may be read-only. The next start is as slow as this one.
    rmSync(temporary, { force: true })
  }
}

function sha256 (data: Buffer): Buffer {
  return createHash('sha256').update(data).digest()
}
