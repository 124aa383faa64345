import type { IncomingHttpHeaders } from 'node:http'

/** Bounds a stranger's cost, because each piece of the header costs a hash. Honest clients send one. */
const MAX_API_KEYS = 8

/** Collects what may be the API key: the api-key header, a Bearer token, the password of Basic authentication. */
export function credentialsOf (headers: IncomingHttpHeaders): string[] {
  const credentials = []
  const apiKey = headers['api-key']
  // Node joins repeated headers with a comma.
  if (typeof apiKey === 'string') credentials.push(...apiKey.split(', ', MAX_API_KEYS))
  const [, scheme, value] = /^(bearer|basic) +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  if (scheme !== undefined && value !== undefined) {
    const pair = Buffer.from(value, 'base64').toString()
    credentials.push(scheme.toLowerCase() === 'bearer' ? value : pair.slice(pair.indexOf(':') + 1))
  }
  return credentials
}
