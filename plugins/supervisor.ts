import fp from 'fastify-plugin'
import { findConfigurationFile } from '../src/supervisor/configuration-file.js'
import { observeCalls } from '../src/timing/observe.js'
import { createProgramControl, type ProgramControl } from '../src/supervisor/control.js'
import { programEnvironment } from '../src/supervisor/program-environment.js'
import type { Supervisor } from '../src/supervisor/supervisor.js'
import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyInstance {
    supervisor: Supervisor
    programs: ProgramControl
  }
}

const SEEN_EVERY_MS = 10_000

export default fp(async (app) => {
  const { GENERATOR_PATH, MANAGED_PROGRAMS = `${GENERATOR_PATH},listener` } = app.config
  const supervisor = await createSupervisor(app)
  app.decorate('supervisor', observeCalls(supervisor, app.metrics.supervisorCalled))
  let stoppedAt = performance.now()
  app.addHook('preClose', async () => { stoppedAt = performance.now() })
  // Ending the connections may have taken a part of the time.
  app.addHook('onClose', async () => await app.supervisor.close({ waitedMs: performance.now() - stoppedAt }))
  app.decorate('programs', createProgramControl({
    supervisor: app.supervisor,
    redactor: app.redactor,
    configuration: app.configuration,
    preflight: app.preflight,
    generator: GENERATOR_PATH,
    managedPrograms: MANAGED_PROGRAMS.split(',').map(name => name.trim()),
  }))
  if (app.config.SUPERVISORD_URL !== undefined || app.config.SUPERVISORD_PATH !== undefined) seeOften(app, supervisor)
}, { name: 'supervisor', dependencies: ['chain'] })

/** A supervisord may be killed at any time. Only processes that were seen before can then be told from strangers. */
function seeOften (app: FastifyInstance, supervisor: Supervisor): void {
  const look = (): void => { Promise.allSettled(app.programs.names.map(supervisor.status)) }
  const timer = setInterval(look, SEEN_EVERY_MS).unref()
  app.addHook('onReady', async () => look())
  app.addHook('onClose', async () => clearInterval(timer))
}

async function createSupervisor ({ config, dataFolder, redactor, log }: FastifyInstance): Promise<Supervisor> {
  const { OPERATION_TIMEOUT_MS: operationTimeoutMs, SUPERVISORD_URL: url, SUPERVISORD_PATH: executable, SUPERVISORD_CONF, NODE_ENV } = config
  const environment = programEnvironment(process.env)
  if (url !== undefined) {
    const { createXmlRpcSupervisor } = await import('../src/supervisor/xml-rpc/driver.js')
    return createXmlRpcSupervisor({ url, operationTimeoutMs, stateFolder: dataFolder, redactor, log })
  }
  if (executable !== undefined) {
    const { createCtlSupervisor } = await import('../src/supervisor/ctl/driver.js')
    return createCtlSupervisor({ executable, operationTimeoutMs, environment, stateFolder: dataFolder, redactor, log })
  }
  const { file, packaged } = findConfigurationFile({ path: SUPERVISORD_CONF, production: NODE_ENV === 'production' })
  if (packaged) log.warn(`There is no ${SUPERVISORD_CONF} here: using ${file}, which runs the rehearsal generator. It makes no proofs`)
  const { createEmbeddedSupervisor } = await import('../src/supervisor/embedded/driver.js')
  return await createEmbeddedSupervisor({
    configurationFile: file,
    stateFolder: dataFolder,
    operationTimeoutMs,
    environment: { ...environment, CONFIG_DIR: dataFolder },
    redactor,
    log,
  }).catch(error => {
    throw new Error(`SUPERVISORD_CONF ${SUPERVISORD_CONF}: ${error.message}`, { cause: error })
  })
}
