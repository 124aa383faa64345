import { Type } from '@sinclair/typebox'
import { answers, MarketId, Success, success } from '../common.js'
import { LogHeaders, LogQuery, Logs } from '../logs.js'
import { PreflightReport } from '../preflight.js'
import { CONFIGURATION_ERRORS, SUPERVISOR_ERRORS } from './errors.js'
import { MARKET, skippedChecks } from './examples.js'
import type { Operations } from './operation.js'

const tags = ['Generator'] as const

/** All about the generator but its process. */
export const generatorOperations = {
  preflight: {
    method: 'GET',
    url: '/preflight',
    schema: {
      summary: 'Make the checks that come before a start',
      description: 'Without the start: each check with pass, warning, fail or skipped, and what to do about a failure or warning. A warning does not stop a start.',
      tags,
      errors: CONFIGURATION_ERRORS,
      response: answers({ 200: Success(PreflightReport) }),
      examples: { 200: success('Preflight checks done', { startable: true, chain_checks: 'off', checks: skippedChecks }) },
    },
  },
  benchmark: {
    method: 'GET',
    url: '/benchmark',
    schema: {
      summary: 'Have the generator make its benchmark proof',
      description: 'On the port that `markets` of the runtime config names, without `market_id` of its only market; the generator must run.',
      tags,
      errors: [...CONFIGURATION_ERRORS, 'MARKET_NOT_FOUND', 'GENERATOR_UNAVAILABLE', 'GENERATOR_TIMEOUT'],
      querystring: Type.Object({ market_id: Type.Optional(MarketId) }, { additionalProperties: false }),
      response: answers({ 200: Success(Type.Object({ time_in_ms: Type.Integer() })) }),
      examples: { query: { market_id: MARKET }, 200: success('Proof generated in 8725ms', { time_in_ms: 8725 }) },
    },
  },
  getGeneratorLogs: {
    method: 'GET',
    url: '/getGeneratorLogs',
    schema: {
      summary: "Fetch the generator's last log lines",
      description: 'Secrets that the service knows are shown as `[redacted]`. With `follow=true` the new ones come as server-sent events (text/event-stream), until the client leaves: after the last `lines`, or after the line whose id is in `Last-Event-ID`. A client that reads too slowly is sent away with the event `dropped`; the event `gap` stands for lines that are gone.',
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
