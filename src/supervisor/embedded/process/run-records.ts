import { Type, type Static } from '@sinclair/typebox'
import { createSchemaCheck } from '../../../files/schema-check.js'
import type { Log } from '../../supervisor.js'
import { createRecordFiles } from '../../record-files.js'

const ProcessKey = Type.Object({
  pid: Type.Integer({ minimum: 2 }),
  startTicks: Type.Integer({ minimum: 0 }),
  /** The path that the process executed after its program had been RUNNING for a while. */
  executable: Type.Optional(Type.Union([Type.String(), Type.Null()])),
})

/** The newest run of a program, as it outlives the service. */
export const RunRecord = Type.Object({
  program: Type.String(),
  runId: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
  bootId: Type.String(),
  /** The service that began the run. */
  supervisor: Type.Union([ProcessKey, Type.Null()]),
  /** The run's main process. Null before it began, and when it could not begin. */
  leader: Type.Union([ProcessKey, Type.Null()]),
  /** Every process of the run has ended. */
  ended: Type.Boolean(),
  startedAt: Type.Union([Type.String(), Type.Null()]),
  stoppedAt: Type.Union([Type.String(), Type.Null()]),
  exitCode: Type.Union([Type.Integer(), Type.Null()]),
  exitSignal: Type.Union([Type.String(), Type.Null()]),
})
export type RunRecord = Static<typeof RunRecord>

const isRunRecord = createSchemaCheck(RunRecord)

export type RunRecords = ReturnType<typeof createRunRecords>

/** Keeps the records of runs in `folder`. Throws file system errors. */
export function createRunRecords ({ folder, log }: { folder: string, log: Log }) {
  const files = createRecordFiles({ folder, prefix: 'supervisor-' })

  async function read (name: string): Promise<RunRecord[]> {
    const record = await files.read(name).catch(() => null)
    if (isRunRecord(record)) return [record]
    log.warn({ file: name }, 'the record of a program\'s last run is damaged; processes that it left over are not ended')
    return []
  }

  return {
    /** Leaves damaged records out. */
    load: async () => (await Promise.all((await files.names()).map(read))).flat(),
    /** The record is durable when it resolves. A program may have only one call at a time. */
    save: async (record: RunRecord) => await files.write(record.program, record),
    remove: files.remove,
  }
}
