import { basename } from 'node:path'

/** The address of a supervisord. `shown` is for messages, so it holds no user, password or socket folder. */
export interface SupervisorAddress {
  origin: string
  socketPath: string | null
  /** The value of the `authorization` header. Null: the URL has no user. */
  authorization: string | null
  shown: string
}

const FORMS = 'it must be http://[user:password@]host:port or unix://[user:password@]/path/of/the.sock'

/** Reads `http://…` or `unix://…`, and decodes user and password. Throws an Error without the URL's secrets. */
export function parseSupervisorAddress (url: string): SupervisorAddress {
  const [, scheme, user, password, place] = /^(http|unix):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(.+)$/.exec(url) ?? []
  if (scheme === undefined || place === undefined) throw new Error(`SUPERVISORD_URL cannot be used: ${FORMS}`)
  const authorization = user === undefined ? null : basicAuthorization(user, password ?? '')
  if (scheme === 'unix') return unixAddress(place, authorization)
  const origin = httpOrigin(place)
  return { origin, socketPath: null, authorization, shown: origin }
}

function unixAddress (path: string, authorization: string | null): SupervisorAddress {
  if (!path.startsWith('/')) throw new Error(`SUPERVISORD_URL names no absolute path: ${FORMS}`)
  return { origin: 'http://localhost', socketPath: path, authorization, shown: `the unix socket ${basename(path)}` }
}

function httpOrigin (place: string): string {
  if (!URL.canParse(`http://${place}`)) throw new Error(`SUPERVISORD_URL has no usable host and port: ${FORMS}`)
  return new URL(`http://${place}`).origin
}

function basicAuthorization (user: string, password: string): string {
  return `Basic ${Buffer.from(`${decode(user)}:${decode(password)}`).toString('base64')}`
}

function decode (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('SUPERVISORD_URL has a user or password with a stray %: write it as %25')
  }
}
