import { createHash } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { Type, type Static } from '@sinclair/typebox'
import { fileOfTemporary, fileSystem, replaceFile } from '../../../files/durable-files.js'
import { readRegularFile } from '../../../files/regular-file.js'
import { createSchemaCheck } from '../../../files/schema-check.js'
import { createSerial } from '../../../timing/serial.js'
import type { Log } from '../../log.js'
import { createProcessTable } from '../../../machine/process-table.js'

/** Unlike the embedded supervisor's own records, whose names begin with `supervisor-`. */
const PREFIX = 'supervisord-'

const Key = { pid: Type.Integer({ minimum: 2 }), startTicks: Type.Integer({ minimum: 0 }) }

/** A process of a program as the supervisor showed it, and the daemon that ran it. */
export const SeenProcess = Type.Object({
  ...Key,
  /** Path; null: it could not be read. */
  executable: Type.Union([Type.String(), Type.Null()]),
  daemon: Type.Object({ pid: Type.Integer({ minimum: 1 }), startTicks: Type.Integer({ minimum: 0 }) }),
})
export type SeenProcess = Static<typeof SeenProcess>

const Seen = Type.Object({ program: Type.String(), bootId: Type.String(), processes: Type.Array(SeenProcess, { maxItems: 64 }) })
const isSeen = createSchemaCheck(Seen)

/** The processes of each program that were seen last, which may still run. */
export interface SeenProcesses {
  /** Processes of an earlier boot of the machine are left out. */
  load (program: string): Promise<SeenProcess[]>
  /** Durable when it resolves. Never throws: what cannot be kept is told in the log. */
  save (program: string, processes: SeenProcess[]): Promise<void>
}

/** Keeps them in `folder`, one file a program (0600). Without a folder or a process table nothing is kept. */
export function createSeenProcesses ({ folder, bootId = createProcessTable().bootId, log }: {
  folder: string | undefined, bootId?: string | null, log: Pick<Log, 'warn'>
}): SeenProcesses {
  if (folder === undefined || bootId === null) return { load: async () => [], save: async () => {} }
  const inTurn = createSerial()
  removeTemporaries(folder)
  const fileOf = (program: string): string => path.join(folder, fileName(program))

  return {
    async load (program) {
      try {
        const seen: unknown = JSON.parse((await readRegularFile(fileOf(program))).toString())
        if (isSeen(seen)) return seen.bootId === bootId ? seen.processes : []
        log.warn({ program, file: fileName(program) }, 'record of a program\'s last process is damaged; an orphan of it will not be found')
      } catch (error) {
        if (!isMissing(error)) log.warn({ program, err: error }, 'record of a program\'s last process cannot be read; an orphan of it will not be found')
      }
      return []
    },
    save: (program, processes) => inTurn(() => replaceFile(fileOf(program), JSON.stringify({ program, bootId, processes }), fileSystem)).catch(error => {
      log.warn({ program, err: error }, 'record of a program\'s process cannot be written; should supervisord be killed, an orphan of it will not be found')
    }),
  }
}

/** The leftovers of a kill amid a write. */
function removeTemporaries (folder: string): void {
  const names = readdirSync(folder).filter(name => name.startsWith(PREFIX) && fileOfTemporary(name) !== undefined)
  for (const name of names) rmSync(path.join(folder, name), { force: true })
}

function isMissing (error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

/** A program's name may have characters that a file's may not. */
function fileName (program: string): string {
  return `${PREFIX}${createHash('sha256').update(program).digest('hex').slice(0, 32)}.json`
}
