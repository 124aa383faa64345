import { answers, Success, success } from '../common.js'
import { ServiceInfo } from '../service-info.js'
import { serviceInfo } from './examples.js'
import type { Operations } from './operation.js'

export const serviceOperations = {
  getServiceInfo: {
    method: 'GET',
    schema: {
      summary: 'Get the version, the start and the TLS key of the service',
      description: "`channel` tells how this very call came: `tls`, or `plain`, which the host can read. `attested_address` is the address of the key that endorses the TLS key. `spki_sha256` is for curl's --pinnedpubkey.",
      tags: ['Service'],
      response: answers({ 200: Success(ServiceInfo) }),
      examples: { 200: success('Service info fetched', serviceInfo) },
    },
  },
} as const satisfies Operations
