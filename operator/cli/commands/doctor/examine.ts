import { resolve } from 'node:path'
import fastify from 'fastify'
import environmentPlugin from '../../../../plugins/environment.js'
import type { Environment } from '../../../../schemas/environment.js'
import { failed, type Finding, passed } from './findings.js'
import { checkApiKey, checkEnclaveKey, checkFolder, checkNode } from './machine.js'
import { checkClock, checkPort } from './network.js'
import { checkChain, checkSupervisor, readConfiguration } from './programs.js'

/** Makes all checks of the machine that the service is to run on. They start, write and change nothing. */
export async function examine (environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  const node = checkNode(process.versions.node)
  const config = await readEnvironment(environment)
  if (config instanceof Error) {
    return [
      node, failed('Environment', config.message, 'Change the variable, or leave it out (docs/configuration.md).')
    ]
  }
  const folder = resolve(config.CONFIG_DIR)
  const { finding, configuration } = await readConfiguration(folder)
  return [
    node,
    passed('Environment', 'The variables can be used'),
    await checkFolder(folder, config),
    finding,
    await checkApiKey(folder),
    await checkEnclaveKey(folder, config),
    await checkSupervisor(folder, config, environment),
    await checkPort(config),
    ...await checkChain(configuration, config),
    await checkClock(config.CHAIN_CHECKS === 'off' ? null : configuration?.runtime.http_url ?? null),
  ]
}

/** Reads the variables, and `.env` of the working folder, as the service does. */
async function readEnvironment (variables: NodeJS.ProcessEnv): Promise<Environment | Error> {
  const server = fastify()
  try {
    await server.register(environmentPlugin, { variables, dotenv: true })
  } catch (error) {
    return error as Error
  }
  await server.close()
  return server.config
}
