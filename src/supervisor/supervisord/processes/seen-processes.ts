import { Type, type Static } from '@sinclair/typebox'
import { createSchemaCheck } from '../../../files/schema-check.js'
import { createProcessTable } from '../../../machine/process-table.js'
import { createSerial } from '../../../timing/serial.js'
import { createRecordFiles } from '../../record-files.js'
import type { Log } from '../../supervisor.js'

const startTicks = Type.Integer({ minimum: 0 })

/** A process of a program as the supervisor showed it, and the daemon that ran it. */
export const SeenProcess = Type.Object({
  pid: Type.Integer({ minimum: 2 }),
  startTicks,
  /** A path. Null when it could not be read. */
  executable: Type.Union([Type.String(), Type.Null()]),
  daemon: Type.Object({ pid: Type.Integer({ minimum: 1 }), startTicks }),
})
export type SeenProcess = Static<typeof SeenProcess>

const isSeen = createSchemaCheck(Type.Object({
  program: Type.String(), bootId: Type.String(), processes: Type.Array(SeenProcess, { maxItems: 64 }),
}))

export type SeenProcesses = ReturnType<typeof createSeenProcesses>

/** Keeps the processes of each program that were seen last, which may still run. Keeps none without folder or process table. */
export function createSeenProcesses ({ folder, log }: { folder: string | undefined, log: Pick<Log, 'warn'> }) {
  const { bootId } = createProcessTable()
  // The embedded supervisor's own records begin with `supervisor-`.
  const files = folder === undefined || bootId === null ? null : createRecordFiles({ folder, prefix: 'supervisord-' })
  const inTurn = createSerial()

  return {
    /** Leaves out processes of an earlier boot of the machine. */
    async load (program: string): Promise<SeenProcess[]> {
      if (files === null) return []
      const file = files.nameFor(program)
      try {
        const seen = await files.read(file)
        if (isSeen(seen)) return seen.bootId === bootId ? seen.processes : []
        log.warn({ program, file }, 'record of a program\'s last process is damaged; an orphan of it will not be found')
      } catch (error) {
        const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
        if (!isMissing) log.warn({ program, err: error }, 'record of a program\'s last process cannot be read; an orphan of it will not be found')
      }
      return []
    },
    /** The record is durable when it resolves. Never throws: the log tells what cannot be kept. */
    async save (program: string, processes: SeenProcess[]): Promise<void> {
      if (files === null) return
      await inTurn(() => files.write(program, { program, bootId, processes })).catch(error => {
        log.warn({ program, err: error }, 'record of a program\'s process cannot be written; should supervisord be killed, an orphan of it will not be found')
      })
    },
  }
}
