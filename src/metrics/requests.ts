import { Counter, Histogram, type Registry } from 'prom-client'
import type { ErrorCode } from '../errors.js'

export interface AnsweredRequest {
  method: string
  /** The route's pattern, or `unmatched`. */
  route: string
  /** 499: the client left before the answer. */
  status: number
  /** The error's code, or empty for a success. */
  code: ErrorCode | ''
  /** Null for a stream, which lasts as long as its reader likes. */
  seconds: number | null
}

export function createRequestInstruments (registers: Registry[]) {
  const requests = new Counter({
    registers,
    name: 'generator_client_http_requests_total',
    help: 'Answered requests; route is the pattern, code the error\'s code, empty for a success.',
    labelNames: ['route', 'method', 'status', 'code'],
  })
  const durations = new Histogram({
    registers,
    name: 'generator_client_http_request_duration_seconds',
    help: 'Time to the end of the answer; streams are left out.',
    labelNames: ['route', 'method'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
  })
  const failures = new Counter({
    registers,
    name: 'generator_client_authentication_failures_total',
    help: 'Requests that were refused for their API key.',
    labelNames: ['code'],
  })

  function requestAnswered ({ method, route, status, code, seconds }: AnsweredRequest): void {
    requests.inc({ route, method, status, code })
    if (seconds !== null) durations.observe({ route, method }, seconds)
    if (status === 401) failures.inc({ code })
  }

  return { requestAnswered }
}
