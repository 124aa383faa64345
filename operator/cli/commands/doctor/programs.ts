import type { Configuration } from '../../../../schemas/configuration.js'
import type { Environment } from '../../../../schemas/environment.js'
import { createPreflight } from '../../../../src/chain/preflight.js'
import { createConfigPair } from '../../../../src/config/pair/pair.js'
import { createConfigurationStore } from '../../../../src/config/store.js'
import type { CodedError } from '../../../../src/errors.js'
import { checkSupervisor as describeProblem } from '../../../../src/readiness/checks.js'
import { findConfigurationFile } from '../../../../src/supervisor/configuration-file.js'
import { createCtlSupervisor } from '../../../../src/supervisor/ctl/driver.js'
import { describeInPlace } from '../../../../src/supervisor/embedded/conf/findings.js'
import { thisMachine } from '../../../../src/supervisor/embedded/conf/launchers.js'
import { readConf } from '../../../../src/supervisor/embedded/conf/read.js'
import { createSupervisorProbe } from '../../../../src/supervisor/probe.js'
import { programEnvironment } from '../../../../src/supervisor/program-environment.js'
import type { Supervisor } from '../../../../src/supervisor/supervisor.js'
import { createXmlRpcSupervisor } from '../../../../src/supervisor/xml-rpc/driver.js'
import { failed, type Finding, passed, skipped, warned } from './findings.js'

const LOOK_MS = 5_000
/* c8 ignore next -- the drivers log nothing while they are asked once */
const ignore = (): void => {}
const QUIET = { info: ignore, warn: ignore, error: ignore }

/** Reads the configuration as the service would, and changes nothing. Null: there is none, or none that can be read. */
export async function readConfiguration (
  folder: string
): Promise<{ finding: Finding, configuration: Configuration | null }> {
  try {
    const configuration = await createConfigurationStore({ pair: createConfigPair({ folder }) }).read()
    return {
      finding: passed('Configuration', `Generators that are set up: ${configuration.generators.length}`), configuration
    }
  } catch (error) {
    const { code, message } = error as CodedError
    const finding = code === 'CONFIG_NOT_FOUND'
      ? warned('Configuration', 'The generator is not set up yet', 'generator-client setup setup.json')
      : failed('Configuration', message, 'generator-client setup replaces damaged files, and keeps the old ones.')
    return { finding, configuration: null }
  }
}

/** Asks the supervisor that the environment names for the generator, or reads the embedded one's conf file. */
export async function checkSupervisor (
  folder: string,
  config: Environment,
  environment: NodeJS.ProcessEnv
): Promise<Finding> {
  const { SUPERVISORD_URL: url, SUPERVISORD_PATH: executable, GENERATOR_PATH: generator } = config
  if (url === undefined && executable === undefined) return await checkConf(folder, config, environment)
  const options = { operationTimeoutMs: LOOK_MS, log: QUIET }
  let supervisor: Supervisor
  try {
    supervisor = url === undefined
      ? createCtlSupervisor({ ...options, executable: executable!, environment: programEnvironment(environment) })
      : createXmlRpcSupervisor({ ...options, url })
  } catch (error) {
    return failed('Supervisor', (error as Error).message, 'Change SUPERVISORD_URL or SUPERVISORD_PATH.')
  }
  const problem = describeProblem(
    await createSupervisorProbe({ supervisor, programs: [generator], freshMs: 0, deadlineMs: LOOK_MS })()
  )
  await supervisor.close()
  if (problem !== null) {
    return failed('Supervisor', problem, 'Start supervisord, or change SUPERVISORD_URL or SUPERVISORD_PATH.')
  }
  return passed('Supervisor', `supervisord answers, and has the program ${generator}`)
}

async function checkConf (
  folder: string,
  { SUPERVISORD_CONF: path, NODE_ENV, GENERATOR_PATH: generator }: Environment,
  environment: NodeJS.ProcessEnv
): Promise<Finding> {
  const { file, packaged } = findConfigurationFile({ path, production: NODE_ENV === 'production' })
  try {
    const { programs, findings } = await readConf({
      file, environment: { ...programEnvironment(environment), CONFIG_DIR: folder }, machine: thisMachine()
    })
    const [refusal] = findings.filter(({ verdict }) => verdict === 'refused')
    if (refusal !== undefined) {
      return failed(
        'Supervisor',
        `${file}:${refusal.line}: ${describeInPlace(refusal)}`,
        `generator-client supervisord check ${file}`
      )
    }
    if (!programs.some(({ name }) => name === generator)) {
      return failed(
        'Supervisor', `${file} has no program ${generator}`, `Add [program:${generator}], or change GENERATOR_PATH.`
      )
    }
    if (packaged) {
      return warned(
        'Supervisor',
        'The embedded supervisor runs the rehearsal generator, which makes no proofs',
        'Set SUPERVISORD_CONF to a conf file with your generator.'
      )
    }
    return passed('Supervisor', `The embedded supervisor takes ${file}`)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return failed(
      'Supervisor',
      `${file} ${code === undefined ? message : `cannot be read (${code})`}`,
      'Set SUPERVISORD_CONF to a conf file.'
    )
  }
}

/** Makes the service's own checks: the RPC endpoint answers and serves the chain, and the gas key has a balance. */
export async function checkChain (
  configuration: Configuration | null,
  { CHAIN_CHECKS, RPC_NETWORK, RPC_TIMEOUT_MS }: Environment
): Promise<Finding[]> {
  if (CHAIN_CHECKS === 'off') {
    return [
      warned('RPC endpoint', 'CHAIN_CHECKS is off, so nothing asks the chain', 'Leave CHAIN_CHECKS out in production.'),
    ]
  }
  if (configuration === null) return [skipped('RPC endpoint', 'Not checked: no RPC endpoint is set up')]
  const preflight = createPreflight({
    network: RPC_NETWORK,
    timeoutMs: RPC_TIMEOUT_MS,
    skipVerification: true,
    /* c8 ignore next -- the checks of the runtime config ask for no enclave key */
    enclavePublicKey: () => new Uint8Array(64),
  })
  const checks = await preflight.checkRuntime(configuration.runtime)
  return checks.map(({ name, result, message, remedy }) => ({ name, result, message, remedy }))
}
