import { type Static, Type } from '@sinclair/typebox'
import { answers, Success } from './common.js'

const Nullable = { string: Type.Union([Type.String(), Type.Null()]), integer: Type.Union([Type.Integer(), Type.Null()]) }

/** A program's process: ManagedProcess of src/supervisor/control.ts. */
export const Process = Type.Object({
  name: Type.String(),
  state: Type.String(),
  pid: Nullable.integer,
  uptime_seconds: Type.Union([Type.Number(), Type.Null()]),
  started_at: Nullable.string,
  stopped_at: Nullable.string,
  exit_code: Nullable.integer,
  exit_signal: Nullable.string,
  restarts: Nullable.integer,
  description: Nullable.string,
  outdated_configuration: Type.Union([Type.Boolean(), Type.Null()], {
    description: 'True if it runs with an older configuration than the one on disk. Null: it does not run, or this is unknown'
  }),
  orphan_pids: Type.Optional(Type.Array(Type.Integer(), {
    description: 'Processes of the program that outlived their supervisord. A stop ends them. Absent: none is known'
  })),
})

export const ProgramName = Type.String({ minLength: 1, maxLength: 128, format: 'text' })
export const ProgramSelection = Type.Object({ program_name: ProgramName }, { additionalProperties: false })
export type ProgramSelection = Static<typeof ProgramSelection>

const operationAnswer = Success(Type.Null(), { process: Process })
export const OperationAnswers = answers({ 200: operationAnswer, 202: operationAnswer })
export const StatusAnswers = answers({ 200: Success(Type.String(), { process: Process }) })
