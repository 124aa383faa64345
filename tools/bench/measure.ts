import autocannon from 'autocannon'

export interface Load {
  url: string
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: unknown
  connections?: number
  seconds?: number
}

/** Drives a listening server. Returns requests/s and latencies in ms. Throws when any answer was not 2xx. */
export async function drive ({ url, method = 'GET', headers = {}, body, connections = 16, seconds = 4 }: Load) {
  const result = await autocannon({
    url,
    method,
    connections,
    duration: seconds,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    ...body !== undefined && { body: JSON.stringify(body) },
  })
  if (result.non2xx + result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers were not 2xx, ${result.errors} errors`)
  }
  return {
    perSecond: Math.round(result.requests.average),
    p50: result.latency.p50,
    p99: result.latency.p99,
    count: result.requests.total,
  }
}

export function median (values: number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!
}

/** Prints rows as a Markdown table. */
export function printTable (header: string[], rows: (string | number)[][]): void {
  for (const row of [header, header.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`)
}
