import { Type } from '@sinclair/typebox'
import { answers, MarketId, Success, success } from '../common.js'
import { LogHeaders, LogQuery, Logs } from '../logs.js'
import { PreflightReport } from '../preflight.js'
import { CONFIGURATION_ERRORS, SUPERVISOR_ERRORS } from './errors.js'
import { MARKET, skippedChecks } from './examples.js'
import type { Operations } from './operation.js'

const tags = ['Generator'] as const

export const generatorOperations = {
  preflight: {
    method: 'GET',
    schema: {
      summary: 'Check whether the generator can start',
      description: 'Each check ends with pass, warning, fail or skipped. Failures and warnings come with a remedy. A warning does not stop a start.',
      tags,
      errors: CONFIGURATION_ERRORS,
      response: answers({ 200: Success(PreflightReport) }),
      examples: { 200: success('Preflight checks done', { startable: true, chain_checks: 'off', checks: skippedChecks }) },
    },
  },
  benchmark: {
    method: 'GET',
    schema: {
      summary: 'Have the generator make its benchmark proof',
      description: 'Uses the port in `markets` of the runtime config. `market_id` is optional if there is one market. The generator must run.',
      tags,
      errors: [...CONFIGURATION_ERRORS, 'MARKET_NOT_FOUND', 'GENERATOR_UNAVAILABLE', 'GENERATOR_TIMEOUT'],
      querystring: Type.Object({ market_id: Type.Optional(MarketId) }, { additionalProperties: false }),
      response: answers({ 200: Success(Type.Object({ time_in_ms: Type.Integer() })) }),
      examples: { query: { market_id: MARKET }, 200: success('Proof generated in 8725ms', { time_in_ms: 8725 }) },
    },
  },
  getGeneratorLogs: {
    method: 'GET',
    schema: {
      summary: "Fetch the generator's last log lines",
      description: 'Shows known secrets as `[redacted]`. Send `follow=true` to get new lines as server-sent events (text/event-stream). They begin after the last `lines`, or after the line whose id is in `Last-Event-ID`. The event `gap` stands for lost lines. The event `dropped` ends the stream of a client that reads too slowly.',
      tags,
      errors: [...SUPERVISOR_ERRORS, 'LOGS_UNAVAILABLE', 'TOO_MANY_FOLLOWERS'],
      querystring: LogQuery,
      headers: LogHeaders,
      response: answers({ 200: Success(Logs) }),
      produces: ['application/json', 'text/event-stream'],
      examples: {
        query: { lines: '1', stream: 'stdout', follow: 'false' },
        200: success('Generator logs fetched', { stream: 'stdout', lines: ['2026-11-22T19:30:00.000Z Ready'] }),
        text: ': following\nretry: 2000\n\nid: 5d41402a-31\ndata: 2026-11-22T19:30:00.000Z Ready\n\n',
      },
    },
  },
} as const satisfies Operations
