import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import type { InjectOptions } from 'light-my-request'
import type { Test } from 'tap'
import app from '../src/app.js'
import { limits as usualLimits } from '../src/http/limits.js'
import { fastifyOptions, loggerOptions } from '../src/http/options.js'
import { createAnswers, expectNothingPrinted } from './leaks/printed.js'

type Method = NonNullable<InjectOptions['method']>

export interface Service {
  app: FastifyInstance
  folder: string
  /** Lines that the service has logged, parsed. */
  log: Record<string, unknown>[]
  /** Every route of the service. */
  routes: { method: Method, url: string }[]
  /** Sends a request with the API key, once there is one. */
  send: (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: unknown) => Promise<LightMyRequestResponse>
  generateApiKey: () => Promise<string>
  apiKey: () => string
}

/** Tables of hundreds of wrong keys need an answer to each. */
const unlimited = { ...usualLimits, failedAttempts: { burst: Infinity, perSecond: 1 } }

/**
 * Builds the whole service in a folder of its own, without a chain unless `variables` say so. Closes it when the test
 * ends. Throws then if its log or an answer shows a secret.
 */
export async function build (t: Test, { folder = t.testdir(), variables = {}, limits = unlimited }: {
  folder?: string, variables?: NodeJS.ProcessEnv, limits?: typeof usualLimits
} = {}): Promise<Service> {
  const log: Service['log'] = []
  let apiKey = ''
  const stream = { write: (line: string) => { log.push(JSON.parse(line)) } }
  const server = fastify({ ...fastifyOptions, logger: { ...loggerOptions, stream } })
  const answers = createAnswers()
  t.teardown(async () => {
    await server.close()
    // A failed start-up may have left no key.
    const { secretHex = '' } = server.enclaveKey ?? {}
    expectNothingPrinted(`${JSON.stringify(log)} ${answers.take()}`, {
      folder, apiKeys: answers.apiKeys, enclaveKey: secretHex
    })
  })
  server.addHook('onSend', async ({ url, keyFingerprint, headers }, reply, payload) => {
    if (keyFingerprint !== null) answers.apiKeys.add(String(headers['api-key']))
    if (reply.statusCode >= 400 && typeof payload === 'string' && payload !== '') {
      expectCode(
        reply.raw.statusMessage, payload
      )
    }
    // The other answers are streams: files of the documentation, and the generator's own words.
    if (typeof payload === 'string') {
      answers.keep(
        url, [reply.statusCode, reply.raw.statusMessage, reply.getHeaders()], payload
      )
    }
  })
  const routes: Service['routes'] = []
  server.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one as Method, url })
  })
  try {
    await server.register(app, {
      variables: { CONFIG_DIR: folder, SECP_KEY_PATH: join(folder, 'nowhere'), CHAIN_CHECKS: 'off', ...variables },
      limits,
    })
  } catch (error) {
    // Another start may take the folder.
    await server.close()
    throw error
  }

  const send: Service['send'] = async (method, url, body) => await server.inject({
    method,
    url,
    ...apiKey !== '' && { headers: { 'api-key': apiKey } },
    ...body !== undefined && { payload: body as object },
  })

  async function generateApiKey (): Promise<string> {
    apiKey = (await server.inject({ method: 'POST', url: '/api/generateApiKey' })).json().data as string
    return apiKey
  }

  return { app: server, folder, log, routes, send, generateApiKey, apiKey: () => apiKey }
}

/** SDKs print only the status line, so that its reason must be the error's code. */
function expectCode (reason: string, payload: string): void {
  const { code } = JSON.parse(payload)
  if (reason !== code) throw new Error(`The status line says ${reason}, the body ${code}`)
}

/** Returns the content of every file in a folder, by name. Leaves out links to folders. */
export async function snapshot (folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder, { recursive: true })
  const files = await Promise.all(names.map(async name => [
    name, await readFile(join(folder, name), 'utf8').catch(() => '')
  ]))
  return Object.fromEntries(files)
}
