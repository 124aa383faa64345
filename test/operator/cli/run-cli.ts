import { Readable, Writable } from 'node:stream'
import { run } from '../../../operator/cli/run.js'

function collector () {
  const chunks: string[] = []
  const stream = new Writable({ write: (chunk, _encoding, done) => { chunks.push(String(chunk)); done() } })
  return { stream, text: () => chunks.join('') }
}

/** Runs one command line in this process, with streams and an environment of its own. */
export async function runCli (
  argv: string[],
  { environment = {}, stdin = '' }: { environment?: NodeJS.ProcessEnv, stdin?: string | Buffer } = {}
) {
  const [stdout, stderr] = [collector(), collector()]
  const code = await run({
    argv, environment, streams: { stdin: Readable.from([stdin]), stdout: stdout.stream, stderr: stderr.stream }
  })
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}
