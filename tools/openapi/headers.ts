import { CHALLENGE, METHODS } from '../../plugins/errors.js'

interface Header {
  description: string
  required: boolean
  schema: Record<string, unknown>
}

const NO_STORE: Header = {
  description: 'Nothing may store an answer, because it can hold a key.',
  required: true,
  schema: { type: 'string', const: 'no-store' },
}
const method = `(${METHODS.join('|')})`

/** Some errors have further headers. */
const BY_STATUS: Record<number, Record<string, Header>> = {
  401: {
    'www-authenticate': {
      description: 'Names one way to send the API key.', required: true, schema: { type: 'string', const: CHALLENGE }
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
      description: 'Seconds to wait. TOO_MANY_FOLLOWERS comes without it.',
      required: false,
      schema: { type: 'string', pattern: /^[1-9]\d*$/.source },
    },
  },
}

/** Describes the headers of all answers with a status. */
export function headersOf (status: number): Record<string, Header> {
  return { 'cache-control': NO_STORE, ...BY_STATUS[status] }
}
