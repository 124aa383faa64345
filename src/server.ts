import fastify from 'fastify'
import app from './app.js'
import { fastifyOptions, loggerOptions } from './options.js'

/** Fastify waits for requests in flight, the supervisor for its programs: this is the end of the waiting. */
const SHUTDOWN_TIMEOUT_MS = 9500

const server = fastify({ ...fastifyOptions, logger: loggerOptions })
let isStopping = false

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => { stop(signal) })

try {
  await server.register(app, { variables: process.env, dotenv: true })
  await server.listen({ port: server.config.PORT, host: server.config.HOST })
} catch (error) {
  if (!isStopping) await fail(error as Error)
}

async function stop (signal: NodeJS.Signals): Promise<void> {
  if (isStopping) return
  isStopping = true
  server.log.info(`${signal}: stopping`)
  setTimeout(() => {
    server.log.error('Not everything had ended in time')
    process.exit(1)
  }, SHUTDOWN_TIMEOUT_MS).unref()
  await server.close()
  process.exit(0)
}

async function fail (error: NodeJS.ErrnoException): Promise<void> {
  isStopping = true
  server.log.fatal(`generator-client cannot start: ${reasonOf(error)}`)
  await server.close()
  process.exit(1)
}

function reasonOf ({ code, message }: NodeJS.ErrnoException): string {
  return code === 'EADDRINUSE' ? `${message}: set PORT to a free one, or stop the program that has it` : message
}
