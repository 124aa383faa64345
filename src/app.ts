import sensible from '@fastify/sensible'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import apiKey from '../plugins/access/api-key.js'
import attestedOnly from '../plugins/http/attested-only.js'
import audit from '../plugins/audit.js'
import bodies from '../plugins/http/bodies.js'
import chain from '../plugins/chain.js'
import channel from '../plugins/channel.js'
import draining from '../plugins/http/draining.js'
import documentation from '../plugins/documentation.js'
import enclave from '../plugins/enclave.js'
import connections from '../plugins/http/connections.js'
import environment, { type EnvironmentOptions } from '../plugins/environment.js'
import errors, { onNotFound } from '../plugins/errors.js'
import failedAttempts from '../plugins/access/failed-attempts.js'
import metrics from '../plugins/metrics/metrics.js'
import ownPorts from '../plugins/own-ports.js'
import protocol from '../plugins/http/protocol.js'
import redaction from '../plugins/redaction.js'
import readiness from '../plugins/readiness.js'
import requestLog from '../plugins/http/request-log.js'
import scrape from '../plugins/metrics/scrape.js'
import storage from '../plugins/storage.js'
import stopping from '../plugins/http/stopping.js'
import supervisor from '../plugins/supervisor.js'
import { issueRoutes, rotationRoutes } from '../routes/api-key.js'
import configurationRoutes from '../routes/configuration.js'
import generatorRoutes from '../routes/generator.js'
import healthRoutes from '../routes/health.js'
import homeRoutes from '../routes/home.js'
import logRoutes from '../routes/logs.js'
import metricsRoutes from '../routes/metrics.js'
import { generatorProcessRoutes, programRoutes } from '../routes/programs.js'
import publicKeyRoutes from '../routes/public-keys.js'
import serviceInfoRoutes from '../routes/service-info.js'
import signingRoutes from '../routes/signing.js'
import { NoParameters } from '../schemas/common.js'
import type { Redactor } from './redaction/redactor.js'
import { limits as usualLimits, type Limits } from './http/limits.js'

export interface ServiceOptions extends EnvironmentOptions {
  redactor?: Redactor
  limits?: Limits
}

export default fp<ServiceOptions>(async (app, { limits = usualLimits, redactor, ...options }) => {
  await app.register(environment, options)
  await app.register(redaction, { redactor })
  await app.register(audit)
  await app.register(connections, limits)
  await app.register(sensible)
  await app.register(metrics)
  await app.register(errors, { redact: app.redactor.redact })
  // Answers hold keys and states. Answers outside /api lose nothing by this header.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.cacheControl('no-store')
    done()
  })
  await app.register(attestedOnly)
  await app.register(stopping)
  await app.register(draining)
  await app.register(protocol)

  await app.register(storage)
  await app.register(failedAttempts, limits)
  await app.register(apiKey)
  await app.register(requestLog)
  await app.register(enclave)
  await app.register(channel)
  await app.register(bodies)
  await app.register(ownPorts)
  await app.register(chain)
  await app.register(supervisor)
  await app.register(readiness)
  await app.register(scrape, { routes: metricsRoutes })

  await app.register(documentation)
  await app.register(homeRoutes)
  await app.register(healthRoutes, { prefix: '/health' })
  await app.register(protectedMetrics)
  await app.register(api, { prefix: '/api' })
}, { name: 'generator-client' })

async function protectedMetrics (app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', app.requireApiKey)
  await app.register(metricsRoutes)
}

async function api (app: FastifyInstance): Promise<void> {
  // Refuses an unknown URL parameter, like an unknown field of a body.
  app.addHook('onRoute', route => { route.schema = { querystring: NoParameters, ...route.schema } })
  await app.register(issueRoutes)
  await app.register(protectedApi)
}

/** All other paths under /api, even unknown ones, need the API key before the request is read. */
async function protectedApi (app: FastifyInstance): Promise<void> {
  app.addHook('onRequest', app.requireApiKey)
  // A body takes time, and a rotation may have replaced the key meanwhile.
  app.addHook('preHandler', app.requireApiKey)
  app.setNotFoundHandler(onNotFound)
  await app.register(rotationRoutes)
  await app.register(generatorProcessRoutes)
  await app.register(logRoutes)
  await app.register(publicKeyRoutes)
  await app.register(serviceInfoRoutes)
  await app.register(configurationRoutes)
  await app.register(signingRoutes)
  await app.register(generatorRoutes)
  await app.register(programRoutes)
}
