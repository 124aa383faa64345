import { createHash } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { Type, type Static } from '@sinclair/typebox'
import { fileOfTemporary, fileSystem, replaceFile } from '../../../files/durable-files.js'
import { readRegularFile } from '../../../files/regular-file.js'
import { createSchemaCheck } from '../../../files/schema-check.js'
import type { Log } from '../../log.js'

const PREFIX = 'supervisor-'

const ProcessKey = Type.Object({
  pid: Type.Integer({ minimum: 2 }),
  startTicks: Type.Integer({ minimum: 0 }),
  /** The file that the process ran, once its program had been RUNNING for a while. */
  executable: Type.Optional(Type.Union([Type.String(), Type.Null()])),
})

/** The newest run of a program, as it outlives the service. */
export const RunRecord = Type.Object({
  program: Type.String(),
  runId: Type.String({ pattern: '^[0-9a-f-]{36}$' }),
  bootId: Type.String(),
  /** The service that began the run. */
  supervisor: Type.Union([ProcessKey, Type.Null()]),
  /** The run's main process; null: not begun yet, or it could not be. */
  leader: Type.Union([ProcessKey, Type.Null()]),
  /** True once nothing of the run is alive. */
  ended: Type.Boolean(),
  startedAt: Type.Union([Type.String(), Type.Null()]),
  stoppedAt: Type.Union([Type.String(), Type.Null()]),
  exitCode: Type.Union([Type.Integer(), Type.Null()]),
  exitSignal: Type.Union([Type.String(), Type.Null()]),
})
export type RunRecord = Static<typeof RunRecord>

const isRunRecord = createSchemaCheck(RunRecord)

export interface RunRecords {
  load (): Promise<RunRecord[]>
  /** Durable when it resolves. One save of a program at a time. */
  save (record: RunRecord): Promise<void>
  remove (program: string): Promise<void>
}

/** Records of runs in `folder`, one file a program (0600). */
export function createRunRecords ({ folder, log }: { folder: string, log: Log }): RunRecords {
  async function load (): Promise<RunRecord[]> {
    const names = (await readdir(folder)).filter((name) => name.startsWith(PREFIX))
    await Promise.all(names.filter((name) => fileOfTemporary(name) !== undefined).map((name) => rm(path.join(folder, name))))
    const records = await Promise.all(names.filter((name) => name.endsWith('.json')).map(read))
    return records.filter((record) => record !== null)
  }

  async function read (name: string): Promise<RunRecord | null> {
    try {
      const record: unknown = JSON.parse((await readRegularFile(path.join(folder, name))).toString())
      if (isRunRecord(record)) return record
    } catch {}
    log.warn({ file: name }, 'record of a program\'s last run is damaged; what that run may have left is not ended')
    return null
  }

  return {
    load,
    async save (record) {
      await replaceFile(path.join(folder, fileName(record.program)), JSON.stringify(record), fileSystem)
    },
    remove: async (program) => await rm(path.join(folder, fileName(program)), { force: true }),
  }
}

/** A program's name may have characters that a file's may not. */
function fileName (program: string): string {
  return `${PREFIX}${createHash('sha256').update(program).digest('hex').slice(0, 32)}.json`
}
