import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { COVERAGE } from '../../coverage.js'
import { killIfThere } from '../../supervisor/real/processes.js'

const DEMO = fileURLToPath(new URL('../../../dist/tools/demo/main.js', import.meta.url))

export interface Process {
  pid: number
  command: string
}

export interface Play {
  child: ChildProcessWithoutNullStreams
  output: () => string
  /** Resolves once the text has been printed. Rejects if the demo ends before. */
  printed: (text: string) => Promise<void>
  exited: Promise<[number | null, NodeJS.Signals | null]>
  /** The living processes that the demo has begun. */
  processes: () => Promise<Process[]>
  /** The demo's temporary files. */
  files: () => Promise<string[]>
}

/**
 * Runs the built demo until the test ends, with `variables` of an operator's environment, and on a terminal on request.
 */
export function play (t: Test, { options = [], variables = {}, terminal = false }: {
  options?: string[], variables?: NodeJS.ProcessEnv, terminal?: boolean
} = {}): Play {
  const folder = t.testdir()
  const mark = `DEMO_TEST=${randomUUID()}`
  const [name = '', value] = mark.split('=')
  const command = [process.execPath, '--enable-source-maps', ...COVERAGE, DEMO, ...options]
  // script(1) gives it a terminal, and types the bytes that arrive on its standard input.
  const [program = '', ...values] = terminal ? ['script', '-qec', command.join(' '), '/dev/null'] : command
  const child = spawn(program, values, { env: { ...process.env, ...variables, TMPDIR: folder, [name]: value } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', chunk => { output += chunk })
  // Its last words may come after 'exit'.
  const exited = once(child, 'close') as Play['exited']

  async function printed (text: string): Promise<void> {
    while (!output.includes(text)) {
      const [chunk] = await Promise.race([once(child.stdout, 'data'), exited.then(() => [null])])
      if (chunk === null && !output.includes(text)) {
        throw new Error(`The demo ended before it printed "${text}": ${output}`)
      }
    }
  }

  async function processes (): Promise<Process[]> {
    const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
    const found = await Promise.all(pids.map(async pid => ({
      pid,
      environment: await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => ''),
      command: (await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')).replaceAll('\0', ' '),
    })))
    return found
      .filter(({ pid, environment }) => pid !== child.pid && environment.includes(mark))
      .map(({ pid, command }) => ({ pid, command }))
  }

  t.teardown(async () => {
    child.kill('SIGTERM')
    await exited
    for (const { pid } of await processes()) killIfThere(pid)
  })
  return { child, output: () => output, printed, exited, processes, files: async () => await readdir(folder) }
}

/** The one process of the demo whose command line has the text. */
export async function findProcess ({ processes }: Play, text: string): Promise<number> {
  const all = await processes()
  const found = all.find(({ command }) => command.includes(text))
  if (found === undefined) throw new Error(`No process has ${text}: ${JSON.stringify(all)}`)
  return found.pid
}

export async function nothingIsLeft (t: Test, { processes, files }: Play): Promise<void> {
  t.strictSame(await processes(), [], 'no process is left')
  t.strictSame(await files(), [], 'no file is left')
}
