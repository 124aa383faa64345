/** `npm run rehearse:enclave`: a classic Oyster enclave without Docker or Nitro hardware, from setup.sh on. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createNarrator } from '../../../tools/demo/narration/narrator.js'
import { projectFolder } from '../../../test/project.js'
import { rehearse } from './rehearse.js'

const TOOLS = ['mmdebstrap', 'setpriv', 'unshare', 'nsenter', 'curl']

const reason = reasonToSkip()
if (reason === null) {
  const interruption = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interruption.abort())
  // The reader of the output is gone. Clear away all the same.
  process.stdout.on('error', () => interruption.abort())
  process.exitCode = await rehearse({
    project: projectFolder(),
    supervisors: process.env['SUPERVISORS_DIR'],
    narrator: createNarrator({
      output: process.stdout, isTerminal: process.stdout.isTTY, hasColour: process.stdout.hasColors?.() ?? false
    }),
    signal: interruption.signal,
  })
} else {
  console.log(`The rehearsal of the enclave is skipped: ${reason}`)
  // CI must run the rehearsal, never skip it.
  process.exitCode = process.env['CI'] === undefined ? 0 : 1
}

function reasonToSkip (): string | null {
  if (process.getuid?.() !== 0) return 'namespaces and a root file system need root'
  if (!existsSync('/etc/debian_version')) {
    return "the root file system is made from this machine's Debian sources, and it is no Debian"
  }
  const missing = TOOLS.filter(tool => !isThere(tool))
  return missing.length === 0 ? null : `${missing.join(', ')} missing: apt-get install mmdebstrap util-linux curl`
}

function isThere (tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
