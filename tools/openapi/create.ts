import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import swagger from '@fastify/swagger'
import fastify from 'fastify'
import app from '../../src/app.js'
import { fastifyOptions } from '../../src/http/options.js'
import { completeDocument, openapi } from './document.js'
import { describeOperation } from './operation.js'
import type { OpenApi } from './types.js'

/** Makes the OpenAPI document from the routes. Starts the service once, in a folder of its own, without a port. */
export async function createDocument (): Promise<OpenApi> {
  const folder = await mkdtemp(join(tmpdir(), 'generator-client-openapi-'))
  // A busy machine takes long to compile the modules.
  const server = fastify({ ...fastifyOptions, logger: false, pluginTimeout: 60_000 })
  try {
    await server.register(swagger, {
      openapi,
      transform: ({ url, schema, route: { config = {} } }) => ({
        url, schema: schema.hide ? schema : describeOperation({ url, schema, config })
      }),
      transformObject: completeDocument,
    })
    await server.register(app, {
      variables: { CONFIG_DIR: folder, SECP_KEY_PATH: join(folder, 'nowhere'), CHAIN_CHECKS: 'off' },
    })
    await server.ready()
    return server.swagger() as unknown as OpenApi
  } finally {
    await server.close()
    await rm(folder, { recursive: true })
  }
}
