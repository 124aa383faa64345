import { CHALLENGE, METHODS } from '../../plugins/errors.js'

interface Header {
  description: string
  required: boolean
  schema: Record<string, unknown>
}

const NO_STORE: Header = {
  description: 'Answers hold keys and states.', required: true, schema: { type: 'string', const: 'no-store' }
}
const method = `(${METHODS.join('|')})`

/** Those of some errors. */
const BY_STATUS: Record<number, Record<string, Header>> = {
  401: {
    'www-authenticate': {
      description: 'One of the ways to send the API key.', required: true, schema: { type: 'string', const: CHALLENGE }
    },
  },
  405: {
    allow: {
      description: 'The methods of the path.',
      required: true,
      schema: { type: 'string', pattern: `^${method}(, ${method})*$` },
    },
  },
  429: {
    'retry-after': {
      description: 'Seconds; not with TOO_MANY_FOLLOWERS.',
      required: false,
      schema: { type: 'string', pattern: /^[1-9]\d*$/.source },
    },
  },
}

/** The headers of the answers with a status, as OpenAPI has them. */
export function headersOf (status: number): Record<string, Header> {
  return { 'cache-control': NO_STORE, ...BY_STATUS[status] }
}
