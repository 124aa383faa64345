import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import app from '../../src/app.js'
import { fastifyOptions } from '../../src/http/options.js'

export interface Schema {
  type?: string
  format?: string
  pattern?: string
  enum?: unknown[]
  description?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
}

interface Media {
  schema: Schema
  examples?: Record<string, { value: unknown }>
}

export interface Operation {
  operationId: string
  summary: string
  description?: string
  tags: string[]
  security?: unknown[]
  parameters?: { name: string, in: 'query' | 'header', required: boolean, example?: string, schema: Schema, description?: string }[]
  requestBody?: { required: boolean, content: Record<string, Media> }
  responses: Record<string, { content: Record<string, Media> }>
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>
}

/**
 * Returns the document that the service serves at /documentation/json. Starts the service once, in a folder of its own,
 * without a port.
 */
export async function readOpenApi (): Promise<OpenApi> {
  const folder = await mkdtemp(join(tmpdir(), 'generator-client-docs-'))
  const server = fastify({ ...fastifyOptions, logger: false })
  try {
    await server.register(app, { variables: { CONFIG_DIR: folder, SECP_KEY_PATH: join(folder, 'nowhere'), CHAIN_CHECKS: 'off' } })
    return (await server.inject('/documentation/json')).json()
  } finally {
    await server.close()
    await rm(folder, { recursive: true })
  }
}
