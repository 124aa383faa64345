import { type Static, Type } from '@sinclair/typebox'
import { isOfSchema } from '../../client/transport/answer.js'
import type { GeneratorClientError } from '../../client/errors.js'
import { LogLines } from '../../../schemas/logs.js'
import { PreflightReport } from '../../../schemas/preflight.js'
import type { Process } from '../../../schemas/process.js'
import type { Outcome } from '../command.js'

type Check = Static<typeof PreflightReport>['checks'][number]

/** Of the data of PROGRAM_START_FAILED. */
const LogTail = Type.Object({ log_tail: LogLines })

const WAYS_TO_A_KEY = 'Say --enclave-key HEX with the key from the attestation, --trust-on-first-use, or --plain to let the host read it'

/** Names and values in two columns; what is null is left out. */
export function describeFields (fields: Record<string, unknown>): string {
  const known = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
  const width = Math.max(...known.map(([name]) => name.length))
  return known.map(([name, value]) => `  ${name.padEnd(width)}  ${typeof value === 'object' ? JSON.stringify(value) : value}`).join('\n')
}

/** A sentence, and below it what is known about the process. */
export function describeProcess (sentence: string, process: Static<typeof Process>): string {
  return `${sentence}\n${describeFields(process)}`
}

export function describeChecks (checks: Check[]): string {
  return checks.map(({ name, result, message, remedy, finding }) => `${result.padEnd(7)}  ${name}: ${message}${finding === null ? '' : ` (${finding})`}${remedy === null ? '' : `\n         ${remedy}`}`).join('\n')
}

/** What a change answers beside its message. */
export function describeNotes ({ restart_programs: programs = [], warnings = [] }: Outcome['answer']): string[] {
  return [
    ...warnings.map(warning => `Warning: ${warning}`),
    ...programs.map(name => `${name} runs with an older configuration: generator-client restart --program ${name}`),
  ]
}

/** The message, its code, and of the data what helps to mend it. */
export function describeError ({ message, code, data }: GeneratorClientError): string {
  const remedy = code === 'ENCLAVE_KEY_REQUIRED' ? [WAYS_TO_A_KEY] : []
  return [`${message} (${code})`, ...remedy, ...describeData(data)].join('\n')
}

function describeData (data: unknown): string[] {
  if (isOfSchema(PreflightReport.properties.checks, data)) return [describeChecks(data.filter(({ result }) => result === 'fail'))]
  if (isOfSchema(LogTail, data)) return ['Its last log lines:', ...data.log_tail.map(line => `  ${line}`)]
  return []
}
