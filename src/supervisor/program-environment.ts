import { Environment } from '../../schemas/environment.js'

/** What programs get of the service's environment: nothing that is for the service, or for its command line. Some of it is secret, none is theirs. */
export function programEnvironment (variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !(name in Environment.properties || name.startsWith('GENERATOR_CLIENT_'))))
}
