import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { success } from '../schemas/common.js'
import { operations } from '../schemas/operations.js'
import { FEATURES } from '../schemas/service-info.js'
import { isTls } from '../src/channel/tls-on-port.js'
import { VERSION } from '../src/version.js'

const serviceInfoRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const { bootId, spkiSha256, startedAt } = app.channel
  app.route({
    ...operations.getServiceInfo,
    handler: async request => success('Service info fetched', {
      version: VERSION,
      started_at: startedAt.toISOString(),
      boot_id: bootId,
      channel: isTls(request.raw.socket) ? 'tls' as const : 'plain' as const,
      attested_address: await app.attestedKey.getAddress(),
      spki_sha256: spkiSha256,
      features: [...FEATURES],
    }),
  })
}

export default serviceInfoRoutes
