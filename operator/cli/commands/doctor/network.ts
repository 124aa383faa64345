import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Environment } from '../../../../schemas/environment.js'
import { createHttpClient } from '../../../../src/outgoing/http-client.js'
import { failed, type Finding, passed, skipped, warned } from './findings.js'

const ANSWER_MS = 5_000
const LIMIT_BYTES = 64 * 1024
/** An attestation is checked by the clock, and so is each certificate. */
const LARGEST_SKEW_S = 60

/** Tells whether the port is free, the service's, or another program's. */
export async function checkPort ({ PORT: port, HOST: host }: Environment): Promise<Finding> {
  const code = await tryToListen(port, host)
  if (code === null) {
    return passed(
      'Port',
      port === 0 ? 'The service takes any free port' : `Port ${port} of ${host} is free. The service does not run`
    )
  }
  if (code === 'EADDRINUSE') return await checkService(port, host)
  return failed(
    'Port',
    `Nothing can listen on port ${port} of ${host} (${code})`,
    'Set HOST to an address of this machine, and PORT to a port from 1024.'
  )
}

async function tryToListen (port: number, host: string): Promise<string | null> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
  server.close()
  return null
}

/** Asks the program behind the port for its health. */
async function checkService (port: number, host: string): Promise<Finding> {
  const name = host.includes(':') ? `[${host}]` : host
  const answer = await ask(new URL(`http://${name}:${port}/health/ready`)).catch(() => null)
  const { status = '', message = '' } = parse(answer?.text ?? '')
  if (answer === null || !['success', 'error'].includes(status)) {
    return failed(
      'Port', `Another program uses port ${port} of ${host}`, 'Set PORT to a free port, or stop that program.'
    )
  }
  if (status === 'success') return passed('Port', `The service runs on port ${port}, and is ready`)
  return failed('Port', `The service runs on port ${port}. ${message}`, 'Mend what it names.')
}

/** Compares this machine's clock with that of the RPC endpoint. Its URL may hold a key, so the finding names the host only. */
export async function checkClock (rpcUrl: string | null): Promise<Finding> {
  if (rpcUrl === null) return skipped('Clock', 'Not checked: no RPC endpoint is set up to compare with')
  const url = new URL(rpcUrl)
  const answer = await ask(url).catch(() => null)
  const time = Date.parse(String(answer?.headers['date']))
  if (Number.isNaN(time)) return skipped('Clock', `Not checked: ${url.host} does not tell the time`)
  const skew = Math.round((Date.now() - time) / 1000)
  if (Math.abs(skew) <= LARGEST_SKEW_S) return passed('Clock', `The clock agrees with that of ${url.host}`)
  return warned(
    'Clock',
    `The clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} that of ${url.host}`,
    'Let the machine set its clock: timedatectl set-ntp true'
  )
}

async function ask (url: URL) {
  const client = createHttpClient()
  try {
    const { headers, body } = await client.exchange({
      method: 'GET', url, limitBytes: LIMIT_BYTES, signal: AbortSignal.timeout(ANSWER_MS)
    })
    return { headers, text: body.toString() }
  } finally {
    await client.close()
  }
}

function parse (text: string): { status?: string, message?: string } {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
