import { Environment } from '../../schemas/environment.js'

/** Leaves out the variables of the service and its command line, because some are secret. */
export function programEnvironment (variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !(name in Environment.properties || name.startsWith('GENERATOR_CLIENT_'))))
}
