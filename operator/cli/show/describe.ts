import { Type } from '@sinclair/typebox'
import { isOfSchema } from '../../client/transport/answer.js'
import type { AttestationError } from '../../attestation/errors.js'
import type { GeneratorClientError } from '../../client/errors.js'
import { LogLines } from '../../../schemas/logs.js'
import { PreflightReport } from '../../../schemas/preflight.js'
import type { Outcome } from './outcome.js'
import { describeChecks } from './checks.js'
import { styled, type Text } from './text.js'

/** The data of PROGRAM_START_FAILED has it. */
const LogTail = Type.Object({ log_tail: LogLines })

const WAYS_TO_A_KEY =
  "Save what the attestation must say with 'enclave verify --save', give the key from it with --enclave-key HEX, or say --plain to let the host read the secrets. --trust-on-first-use takes the key of any machine that answers"

/** Shows names and values in two columns, without those that are null. */
export function describeFields (fields: Record<string, unknown>): string {
  const known = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)
  const width = Math.max(...known.map(([name]) => name.length))
  return known
    .map(([name, value]) => `  ${name.padEnd(width)}  ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join('\n')
}

/** Shows what a change answers beside its message. */
export function describeNotes ({ restart_programs: programs = [], warnings = [] }: Outcome['answer']): Text[] {
  return [
    ...warnings.map((warning): Text => [styled('yellow', 'Warning:'), ` ${warning}`]),
    ...programs.map(name => `${name} runs with an older configuration: generator-client restart --program ${name}`),
  ]
}

/** Shows the message, its code, and of the data what helps to mend it. */
export function describeError ({ message, code, data }: GeneratorClientError): Text {
  const command = code === 'API_KEY_NOT_GENERATED' ? " ('generator-client init-key --save')" : ''
  const remedy = code === 'ENCLAVE_KEY_REQUIRED' ? `\n${WAYS_TO_A_KEY}` : ''
  return [`${message}${command} (${code})${remedy}`, ...describeData(data)]
}

/** Says of an enclave that it is not the expected one, and why. */
export function describeRefusal ({ message, code }: AttestationError): Text {
  const isVerdict = code.startsWith('ATTESTATION_')
  return [isVerdict ? styled('red', 'Not trusted: ') : '', `${message} (${code})`]
}

function describeData (data: unknown): Text[] {
  if (isOfSchema(PreflightReport.properties.checks, data)) {
    return ['\n', describeChecks(data.filter(({ result }) => result === 'fail'))]
  }
  if (isOfSchema(LogTail, data)) return ['\nIts last log lines:', ...data.log_tail.map(line => `\n  ${line}`)]
  return []
}
