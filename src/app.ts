import sensible from '@fastify/sensible'
import type { FastifyInstance, onRequestHookHandler, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import apiKey from '../plugins/api-key.js'
import chain from '../plugins/chain.js'
import changes from '../plugins/changes.js'
import enclave from '../plugins/enclave.js'
import environment, { type EnvironmentOptions } from '../plugins/environment.js'
import errors, { onNotFound } from '../plugins/errors.js'
import jsonBody from '../plugins/json-body.js'
import protocol from '../plugins/protocol.js'
import requestLog from '../plugins/request-log.js'
import secureChannel from '../plugins/secure-channel.js'
import storage from '../plugins/storage.js'
import stopping from '../plugins/stopping.js'
import supervisor from '../plugins/supervisor.js'
import apiKeyRoutes from '../routes/api-key.js'
import benchmarkRoutes from '../routes/benchmark.js'
import configurationRoutes from '../routes/configuration.js'
import configurationViewRoutes from '../routes/configuration-views.js'
import generatorRoutes from '../routes/generator.js'
import logRoutes from '../routes/logs.js'
import preflightRoutes from '../routes/preflight.js'
import programRoutes from '../routes/programs.js'
import publicKeyRoutes from '../routes/public-keys.js'
import signingRoutes from '../routes/signing.js'
import { NoParameters } from '../schemas/common.js'

/** The whole service as one Fastify plugin. */
export default fp<EnvironmentOptions>(async (app, options) => {
  await app.register(environment, options)
  await app.register(sensible)
  await app.register(errors)
  app.addHook('onRequest', forbidStoring)
  await app.register(stopping)
  await app.register(protocol)
  await app.register(jsonBody)

  await app.register(storage)
  await app.register(apiKey)
  await app.register(requestLog)
  await app.register(enclave)
  await app.register(secureChannel)
  await app.register(chain)
  await app.register(changes)
  await app.register(supervisor)

  await app.register(api, { prefix: '/api' })
}, { name: 'generator-client' })

/** Answers hold keys and states; those outside /api lose nothing by it. */
const forbidStoring: onRequestHookHandler = (_request, reply, done) => {
  reply.cacheControl('no-store')
  done()
}

async function api (app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', refuseUnknownParameters)
  await app.register(apiKeyRoutes)
  await app.register(protectedApi)
}

/** A parameter of the URL that a route does not know is refused, as an unknown field of a body is. */
function refuseUnknownParameters (route: RouteOptions): void {
  route.schema = { querystring: NoParameters, ...route.schema }
}

/** Everything else under /api, unknown paths included, needs the API key before anything of a request is read. */
async function protectedApi (app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', app.requireApiKey)
  app.setNotFoundHandler(onNotFound)
  await app.register(generatorRoutes)
  await app.register(logRoutes)
  await app.register(publicKeyRoutes)
  await app.register(configurationRoutes)
  await app.register(configurationViewRoutes)
  await app.register(signingRoutes)
  await app.register(preflightRoutes)
  await app.register(benchmarkRoutes)
  await app.register(programRoutes)
}
