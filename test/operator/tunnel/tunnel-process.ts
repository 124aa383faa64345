import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { POLICY } from '../channel/document.js'

const MAIN = join(import.meta.dirname, '../../../dist/operator/cli/main.js')

/** `generator-client connect` as a process of its own, for a service and its attestation server. */
export async function startTunnel (t: Test, { folder, url, attestationUrl }: {
  folder: string, url: string, attestationUrl: string
}) {
  const profile = join(folder, 'profile.json')
  const content = JSON.stringify({ url, attestation_url: attestationUrl, attestation: POLICY })
  await writeFile(profile, content, { mode: 0o600 })
  const child: ChildProcess = spawn(
    process.execPath,
    ['--enable-source-maps', MAIN, 'connect', '--listen', '127.0.0.1:0', '--json'],
    { env: { ...process.env, GENERATOR_CLIENT_PROFILE: profile }, stdio: ['ignore', 'pipe', 'pipe'] }
  )
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const notes = text(child.stderr!)
  const [line] = await once(createInterface({ input: child.stdout! }), 'line') as [string]
  const { data } = JSON.parse(line)
  const { port } = new URL(data.url)
  return {
    url: data.url as string,
    child,
    exited,
    /** All that the process has printed on standard error, at its end. */
    notes,
    open: (): Socket => connect({ port: Number(port), host: '127.0.0.1' }),
    readProfile: async () => JSON.parse(await readFile(profile, 'utf8')),
    /** Resident memory in MB. */
    async memory (): Promise<number> {
      const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'))!
      return Number(kilobytes) / 1024
    },
  }
}
