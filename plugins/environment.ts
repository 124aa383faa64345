import env from '@fastify/env'
import { Ajv } from 'ajv'
import fp from 'fastify-plugin'
import { Environment, NAMES, NOT_BLANK } from '../schemas/environment.js'
import { assertUsableDotenv } from '../src/files/dotenv-file.js'

declare module 'fastify' {
  interface FastifyInstance {
    config: Environment
  }
}

export interface EnvironmentOptions {
  /** process.env, or the variables of a test. */
  variables: NodeJS.ProcessEnv
  /** Reads `.env` of the current folder into process.env first. */
  dotenv?: boolean
}

/** The settings of @fastify/env, without what takes a quarter of a start: a check of the schema, and optimized code. */
const COMPILER = {
  allErrors: true, removeAdditional: true, useDefaults: true, coerceTypes: true, meta: false, validateSchema: false, code: { optimize: false },
}

/** Reads the environment into `app.config`. A wrong value or an unusable `.env` stops the start with its name. */
export default fp<EnvironmentOptions>(async (app, { variables, dotenv = false }) => {
  if (dotenv) await assertUsableDotenv('.env')
  try {
    await app.register(env, { schema: Environment, data: variables, env: false, dotenv: dotenv && { quiet: true }, ajv: new Ajv(COMPILER) })
  } catch (error) {
    throw new Error(describe(error as EnvironmentError, variables), { cause: error })
  }
  assertPlainNumbers(variables)
  app.log.level = app.config.LOG_LEVEL
}, { name: 'environment' })

interface EnvironmentError extends Error {
  errors: { instancePath: string, keyword: string, message: string, params: { type?: string, limit?: number, pattern?: string, allowedValues?: string[] } }[]
}

const PATTERNS: Record<string, string> = {
  [NOT_BLANK]: 'must not be empty',
  [NAMES]: 'must be names separated by commas',
}

function describe ({ errors }: EnvironmentError, variables: NodeJS.ProcessEnv): string {
  return errors.map(({ instancePath, message, params: { type, limit, pattern, allowedValues = [] } }) => {
    const name = instancePath.slice(1)
    if (type === 'integer' || limit !== undefined) return describeNumber(name, variables[name]!)
    const problem = PATTERNS[String(pattern)] ?? message
    const choice = type === 'boolean' ? ['true', 'false'] : allowedValues
    return `Environment variable ${name} ${choice.length === 0 ? problem : `must be one of ${choice.join(', ')}`}`
  }).join('; ')
}

/** Ajv counts a blank as 0, and `1e3` or `0x10` as a number. */
function assertPlainNumbers (variables: NodeJS.ProcessEnv): void {
  for (const [name, { type }] of Object.entries(Environment.properties)) {
    const value = variables[name]
    if (type === 'integer' && value !== undefined && !/^\d+$/.test(value)) throw new Error(describeNumber(name, value))
  }
}

/** Docker's links and Kubernetes' services set `<NAME>_PORT` to an address, such as `tcp://10.0.0.1:80`. */
function describeNumber (name: string, value: string): string {
  const { minimum, maximum } = Environment.properties[name as 'PORT']
  const hint = value.trim() === ''
    ? ', but is empty: give it a value, or leave it out'
    : /^\w+:\/\//.test(value) ? ', but a container platform has set it to an address: set it yourself' : ''
  return `Environment variable ${name} must be integer from ${minimum} to ${maximum}${hint}`
}
