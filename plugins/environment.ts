import env from '@fastify/env'
import fp from 'fastify-plugin'
import { Environment } from '../schemas/environment.js'

declare module 'fastify' {
  interface FastifyInstance {
    config: Environment
  }
}

export interface EnvironmentOptions {
  /** The variables: process.env, or what a test gives. */
  variables: NodeJS.ProcessEnv
  /** Reads `.env` of the current folder into process.env first. */
  dotenv?: boolean
}

/** Reads the environment into `app.config`; a wrong value stops the start-up with a message that names the variable. */
export default fp<EnvironmentOptions>(async (app, { variables, dotenv = false }) => {
  try {
    await app.register(env, { schema: Environment, data: variables, env: false, dotenv: dotenv && { quiet: true } })
  } catch (error) {
    throw new Error(describe(error as EnvironmentError), { cause: error })
  }
  app.log.level = app.config.LOG_LEVEL
}, { name: 'environment' })

interface EnvironmentError extends Error {
  errors: { instancePath: string, keyword: string, message: string, params: { type?: string, allowedValues?: string[] } }[]
}

function describe ({ errors }: EnvironmentError): string {
  return errors.map(({ instancePath, keyword, message, params: { type, allowedValues = [] } }) => {
    const problem = keyword === 'minLength' ? 'must not be empty' : message
    const choice = type === 'boolean' ? ['true', 'false'] : allowedValues
    return `Environment variable ${instancePath.slice(1)} ${choice.length === 0 ? problem : `must be one of ${choice.join(', ')}`}`
  }).join('; ')
}
