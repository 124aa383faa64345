import { basename } from 'node:path'

const FORMS = 'it must be http://[user:password@]host:port or unix://[user:password@]/path/of/the.sock'

/**
 * Reads the address of a supervisord: `http://…` or `unix://…`, with user and password encoded. Returns the value of the
 * `authorization` header, or null for a URL without a user. `shown` is for messages, so it holds no user, password or
 * socket folder. Throws an Error without the URL's secrets.
 */
export function parseSupervisorAddress (url: string) {
  const [, scheme, user, password = '', place = ''] = /^(http|unix):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(.+)$/.exec(url) ?? []
  if (scheme === undefined) throw new Error(`SUPERVISORD_URL cannot be used: ${FORMS}`)
  const authorization = user === undefined ? null : `Basic ${Buffer.from(`${decode(user)}:${decode(password)}`).toString('base64')}`
  if (scheme === 'unix') {
    if (!place.startsWith('/')) throw new Error(`SUPERVISORD_URL names no absolute path: ${FORMS}`)
    return { origin: 'http://localhost', socketPath: place, authorization, shown: `the unix socket ${basename(place)}` }
  }
  if (!URL.canParse(`http://${place}`)) throw new Error(`SUPERVISORD_URL has no usable host and port: ${FORMS}`)
  const { origin } = new URL(`http://${place}`)
  return { origin, socketPath: null, authorization, shown: origin }
}

function decode (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('SUPERVISORD_URL has a user or password with a stray %: write it as %25')
  }
}
