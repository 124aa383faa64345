import fp from 'fastify-plugin'
import {
  checkApiKey, checkConfiguration, checkEnclaveKey, checkStorage, checkSupervisor, MINIMUM_FREE_BYTES
} from '../src/readiness/checks.js'
import { createReadiness, type Readiness } from '../src/readiness/readiness.js'
import { createSupervisorProbe } from '../src/supervisor/probe.js'

declare module 'fastify' {
  interface FastifyInstance {
    readiness: Readiness
    /** Looks at the generator and the other managed programs; shared by all who ask at about the same time. */
    probeSupervisor: ReturnType<typeof createSupervisorProbe>
  }
}

/** Whoever probes waits no longer than this. */
const DEADLINE_MS = 1000
/** Strangers may probe: the supervisor is asked no more often than this. */
const SUPERVISOR_FRESH_MS = 1000

/** Whether the service can do its work, told condition by condition. */
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
