import fp from 'fastify-plugin'
import { connectionsWithin, descriptorLimit } from '../src/descriptors.js'
import { createOccasionalReport } from '../src/occasional-report.js'

const REPORT_INTERVAL_MS = 60_000

/** Closes connections over the cap at once; those that are open go on. */
export default fp<{ maxConnections: number }>(async (app, { maxConnections }) => {
  const cap = Math.min(maxConnections, connectionsWithin(descriptorLimit()))
  app.server.maxConnections = cap
  app.server.on('drop', createOccasionalReport({
    intervalMs: REPORT_INTERVAL_MS,
    report: dropped => app.log.warn({ dropped, max_connections: cap }, 'connections over the cap were closed'),
  }))
}, { name: 'connections' })
