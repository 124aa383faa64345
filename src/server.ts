import fastify from 'fastify'
import app from './app.js'
import { emptyCoreDumps } from './machine/core-dumps.js'
import { addressesOf, listen } from './http/listen.js'
import { createLogStream } from './http/log/log-stream.js'
import { loadReadableLog } from './http/log/readable-log.js'
import { fastifyOptions, loggerOptions } from './http/options.js'
import { createRedactor } from './redaction/redactor.js'

/** The longest time that a stop may take. Fastify waits for requests, and the supervisor for its programs. */
const SHUTDOWN_TIMEOUT_MS = 9000
const OWN_ADDRESS = 'set HOST to an address of this machine'
const LISTEN_REMEDIES: Record<string, string> = {
  EADDRINUSE: 'set PORT to a free one, or stop the program that has it',
  EADDRNOTAVAIL: OWN_ADDRESS,
  ENOTFOUND: OWN_ADDRESS,
}

const redactor = createRedactor()
const format = await loadReadableLog({ isTerminal: process.stdout.isTTY }) ?? undefined
const server = fastify({ ...fastifyOptions, logger: { ...loggerOptions, stream: createLogStream({ redact: redactor.redact, format }) } })
let isStopping = false

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => { stop(signal) })
// Node would open its debugger on a port that every local process can reach.
process.on('SIGUSR1', () => server.log.warn('SIGUSR1: no debugger is opened'))
// A fault in the background must not end the service, which would leave its programs without a supervisor.
process.on('unhandledRejection', error => server.log.error({ err: error }, 'something failed in the background'))
const starting = start()

async function start (): Promise<void> {
  await emptyCoreDumps({ log: server.log })
  try {
    await server.register(app, { variables: process.env, dotenv: true, redactor })
    const { HOST, PORT } = server.config
    await listen(server, { addresses: await addressesOf(HOST), port: PORT })
  } catch (error) {
    server.log.fatal(`generator-client cannot start: ${reasonOf(error as NodeJS.ErrnoException)}`)
    await server.close()
    process.exit(1)
  }
}

/** A second signal changes nothing, because the stop is under way. */
async function stop (signal: NodeJS.Signals): Promise<void> {
  if (isStopping) return
  isStopping = true
  server.log.info(`${signal}: stopping`)
  setTimeout(() => {
    server.log.error('Not everything ended in time')
    process.exit(1)
  }, SHUTDOWN_TIMEOUT_MS)
  await starting
  await server.close()
  process.exit(0)
}

function reasonOf ({ code = '', message }: NodeJS.ErrnoException): string {
  const remedy = LISTEN_REMEDIES[code]
  return remedy === undefined ? message : `${message}: ${remedy}`
}
