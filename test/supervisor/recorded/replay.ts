import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

export type Recorded = 'go-0.7.3' | 'go-0.7.4' | 'python-4.2.5'

export const silent = { info () {}, warn () {}, error () {} }

const FIXTURES = fileURLToPath(new URL('../../fixtures/supervisord/', import.meta.url))

/** An answer of a real supervisor: the body of an XML-RPC answer, or the output of a `ctl` command. */
export function recorded (from: Recorded, file: string): Buffer {
  return readFileSync(path.join(FIXTURES, from, file))
}

export interface Answer { status?: number, body?: Buffer | string, hang?: boolean, hangUp?: boolean, delayMs?: number }

export function answerXml (value: string): Answer {
  return {
    body: `<?xml version='1.0'?><methodResponse><params><param><value>${value}</value></param></params></methodResponse>`,
  }
}

export function answerFault (code: number, text: string): Answer {
  const members = `<member><name>faultCode</name><value><int>${code}</int></value></member>` +
    `<member><name>faultString</name><value><string>${text}</string></value></member>`
  return { body: `<methodResponse><fault><value><struct>${members}</struct></value></fault></methodResponse>` }
}

export interface Replay {
  url: string
  /** Methods in the order of the calls, without `supervisor.`. */
  calls: string[]
  authorizations: Array<string | undefined>
  /** Number of opened connections. */
  connections: () => number
}

/** Answers of a method in their order. The last one repeats for ever. A string names an XML file of the recordings. */
export type Script = Record<string, Array<string | Answer>>

/** A real HTTP server on loopback that answers with recordings. */
export async function startReplay (t: Test, from: Recorded, script: Script): Promise<Replay> {
  const calls: string[] = []
  const authorizations: Array<string | undefined> = []
  let connections = 0

  async function onRequest (request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += chunk
    const method = /<methodName>supervisor\.(\w+)/.exec(body)?.[1] ?? ''
    const answers = script[method] ?? []
    const next = answers[Math.min(calls.filter(call => call === method).length, answers.length - 1)] ?? { status: 400 }
    calls.push(method)
    authorizations.push(request.headers.authorization)
    const answer = typeof next === 'string' ? { body: recorded(from, `${next}.xml`) } : next
    if (answer.hangUp) request.socket.destroy()
    else if (!answer.hang) {
      setTimeout(
        () => response.writeHead(answer.status ?? 200, { 'content-type': 'text/xml' }).end(answer.body),
        answer.delayMs ?? 0
      )
    }
  }

  const server = createServer((request, response) => { onRequest(request, response).catch(() => {}) })
  server.on('connection', () => { connections++ })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return { url: `http://127.0.0.1:${port}`, calls, authorizations, connections: () => connections }
}

export interface CtlAnswers { text?: string | Buffer, exitCode?: number, then?: string }

/**
 * A `supervisord` script whose `ctl <verb>` prints the verb's answers in their order. The last one repeats for ever.
 * The script runs the shell code `then` after printing.
 */
export function createCtlReplay (
  t: Test,
  script: Record<string, CtlAnswers[]>
): { executable: string, folder: string, calls: () => string[] } {
  const folder = mkdtempSync(path.join(tmpdir(), 'ctl-replay-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const [verb, answers] of Object.entries(script)) {
    mkdirSync(path.join(folder, 'answers', verb), { recursive: true })
    answers.forEach(({ text = '', exitCode = 0, then = '' }, index) => {
      writeFileSync(path.join(folder, 'answers', verb, `${index + 1}.txt`), text)
      writeFileSync(path.join(folder, 'answers', verb, `${index + 1}.sh`), `${then}\nexit ${exitCode}\n`)
    })
  }
  const executable = path.join(folder, 'supervisord')
  writeFileSync(executable, `#!/bin/sh
echo "$*" >> '${folder}/calls'
cd '${folder}/answers/'"$2" || exit 99
echo x >> count
n=$(grep -c x count)
while [ ! -e "$n.txt" ]; do n=$((n-1)); done
cat "$n.txt"
. "./$n.sh"
`)
  chmodSync(executable, 0o700)
  return { executable, folder, calls: () => readFileSync(path.join(folder, 'calls'), 'utf8').trim().split('\n') }
}
