import fp from 'fastify-plugin'
import {
  checkApiKey, checkConfiguration, checkEnclaveKey, checkStorage, checkSupervisor, MINIMUM_FREE_BYTES
} from '../src/readiness/checks.js'
import { createReadiness, type Readiness } from '../src/readiness/readiness.js'
import { createSupervisorProbe } from '../src/supervisor/probe.js'

declare module 'fastify' {
  interface FastifyInstance {
    readiness: Readiness
    probeSupervisor: ReturnType<typeof createSupervisorProbe>
  }
}

/** The longest time that a probe may take. */
const DEADLINE_MS = 1000
/** Bounds how often the supervisor is asked, because strangers may probe. */
const SUPERVISOR_FRESH_MS = 1000

export default fp(async (app) => {
  const { apiKey, configuration, dataFolder, enclaveKey, enclaveKeyFile } = app
  const probeSupervisor = createSupervisorProbe({
    supervisor: app.supervisor,
    programs: app.programs.names,
    freshMs: SUPERVISOR_FRESH_MS,
    deadlineMs: DEADLINE_MS - 100,
  })
  app.decorate('probeSupervisor', probeSupervisor)
  app.decorate('readiness', createReadiness({
    checks: {
      api_key: async () => checkApiKey(apiKey),
      configuration: async () => await checkConfiguration(configuration),
      enclave_key: async () => await checkEnclaveKey({ path: enclaveKeyFile, secretHex: enclaveKey.secretHex }),
      storage: async () => await checkStorage({ folder: dataFolder, minimumFreeBytes: MINIMUM_FREE_BYTES }),
      supervisor: async () => checkSupervisor(await probeSupervisor()),
    },
    deadlineMs: DEADLINE_MS,
  }))
}, { name: 'readiness', dependencies: ['supervisor'] })
