import type { AddressInfo } from 'node:net'
import fastify, { type FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import { METRICS_CONNECTIONS } from '../../src/machine/descriptors.js'
import { fastifyOptions } from '../../src/http/options.js'
import draining from '../http/draining.js'
import errors from '../errors.js'

declare module 'fastify' {
  interface FastifyInstance {
    scrape: () => Promise<Scrape>
  }
}

export interface Scrape { contentType: string, text: string }

/** Serves the figures to Prometheus. METRICS_PORT opens a listener for `routes` alone, which needs no API key. */
export default fp<{ routes: FastifyPluginAsync }>(async (app, { routes }) => {
  const { HOST: host, METRICS_PORT: port } = app.config

  app.decorate('scrape', async () => {
    const { metrics } = app
    const [conditions, { processes }] = await Promise.all([app.readiness(), app.probeSupervisor()])
    metrics.readinessChecked(conditions)
    metrics.programsRead(processes)
    return { contentType: metrics.contentType, text: await metrics.print() }
  })

  if (port === undefined) return
  const listener = fastify(fastifyOptions)
  listener.server.maxConnections = METRICS_CONNECTIONS
  listener.decorate('scrape', app.scrape)
  await listener.register(draining)
  await listener.register(errors)
  await listener.register(routes)
  app.addHook('onClose', async () => await listener.close())
  app.addHook('onReady', async () => {
    await listener.listen({ port, host }).catch(error => {
      throw new Error(`METRICS_PORT ${port} cannot be listened on (${error.code}): name a free one`, { cause: error })
    })
    app.ownPorts.add((listener.server.address() as AddressInfo).port)
    app.log.info(`Metrics, without API key: http://${host}:${(listener.server.address() as AddressInfo).port}/metrics`)
  })
}, { name: 'scrape', dependencies: ['metrics', 'own-ports', 'readiness'] })
