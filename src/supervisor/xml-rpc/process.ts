import { goStateAtEnd, type Reading } from '../supervisord/reading.js'
import type { LogStream } from '../../../schemas/logs.js'
import type { ProcessInfo, ProcessState } from '../supervisor.js'
import { decodeText, XmlRpcError, type XmlRpcValue } from './codec.js'

/** Codes from Supervisor's documentation, "Process States". Go and Python spell the names differently. */
const STATES: Record<number, ProcessState> = {
  0: 'STOPPED', 10: 'STARTING', 20: 'RUNNING', 30: 'BACKOFF', 40: 'STOPPING', 100: 'EXITED', 200: 'FATAL', 1000: 'UNKNOWN',
}

/** The last second since 1970 that a Date can hold (ECMA-262, section 21.4.1.1). No other number here is larger. */
const LARGEST_TIME = 8.64e12

const TEXT_FIELDS = ['name', 'group', 'statename', 'description', 'spawnerr', 'stdout_logfile', 'stderr_logfile'] as const
const NUMBER_FIELDS = ['state', 'start', 'stop', 'now', 'exitstatus', 'pid'] as const

/** A struct of getProcessInfo with checked types. Times are seconds since 1970 by the supervisor's clock, or 0. */
export type ProcessStruct = Record<typeof TEXT_FIELDS[number], string> & Record<typeof NUMBER_FIELDS[number], number>

/** Throws an XmlRpcError that names a missing or mistyped field. */
export function toProcessStruct (value: XmlRpcValue | undefined): ProcessStruct {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new XmlRpcError('the answer holds no process info')
  const texts = TEXT_FIELDS.map(field => [field, readText(value[field], field)])
  const numbers = NUMBER_FIELDS.map(field => [field, readNumber(value[field], field)])
  return Object.fromEntries([...texts, ...numbers])
}

export function toProcessStructs (value: XmlRpcValue | undefined): ProcessStruct[] {
  if (!Array.isArray(value)) throw new XmlRpcError('the answer holds no list of processes')
  return value.map(toProcessStruct)
}

function readText (value: XmlRpcValue | undefined, field: string): string {
  if (typeof value !== 'string') throw new XmlRpcError(`the process info has no ${field}`)
  return decodeText(value)
}

function readNumber (value: XmlRpcValue | undefined, field: string): number {
  if (typeof value !== 'number' || !(Math.abs(value) <= LARGEST_TIME)) throw new XmlRpcError(`the process info has no ${field}`)
  return value
}

/** Returns the name for the supervisor's calls. Python wants `group:name` for a program in a group, Go only the name. */
export function programName (struct: ProcessStruct): string {
  return isGo(struct) || struct.group === struct.name ? struct.name : `${struct.group}:${struct.name}`
}

export function toReading (program: string, struct: ProcessStruct, { stopOrdered }: { stopOrdered: boolean }): Reading {
  const state = readState(struct, stopOrdered)
  const toIso = (seconds: number): string | null => seconds > 0 ? new Date(seconds * 1000).toISOString() : null
  const hasProcess = state === 'STARTING' || state === 'RUNNING' || state === 'STOPPING'
  const process: ProcessInfo = {
    name: program,
    state,
    pid: hasProcess && struct.pid > 0 ? struct.pid : null,
    uptime_seconds: state === 'RUNNING' ? Math.max(0, struct.now - struct.start) : null,
    started_at: toIso(struct.start),
    stopped_at: hasProcess ? null : toIso(struct.stop),
    exit_code: readExitCode(struct, hasProcess),
    exit_signal: null,
    restarts: null,
    description: struct.spawnerr === '' ? null : struct.spawnerr,
  }
  // Go begins no run within 2 s of the last start, so the second of a start identifies its run.
  const run = isGo(struct) ? String(struct.start) : null
  return { process, stamp: [struct.state, struct.start, struct.stop, struct.pid].join(), run }
}

function readState (struct: ProcessStruct, stopOrdered: boolean): ProcessState {
  const state = STATES[struct.state] ?? 'UNKNOWN'
  // A run that began after the last end has not ended yet.
  const isBeginning = struct.start > struct.stop && (state === 'STOPPED' || state === 'EXITED' || state === 'BACKOFF')
  if (isGo(struct) && struct.start > 0 && isBeginning) return 'STARTING'
  return isGo(struct) ? goStateAtEnd({ state, stopOrdered, stoppedMsAgo: (struct.now - struct.stop) * 1000 }) : state
}

/**
 * -1 stands for an unnamed signal, 0 also for an unknown code. Go knows a code in EXITED and BACKOFF only. Python
 * forgets the code of too short a run, and says so in `spawnerr`. It keeps an unexpected code, which it calls "Bad exit
 * code" there (process.py, finish).
 */
function readExitCode (struct: ProcessStruct, hasProcess: boolean): number | null {
  const isExited = struct.state === 100
  const told = isGo(struct) ? isExited || struct.state === 30 : isExited || (!hasProcess && struct.spawnerr === '')
  return told && struct.start > 0 && struct.exitstatus >= 0 ? struct.exitstatus : null
}

/** Python would read its own output for `/dev/stdout`. */
export function keepsLog (struct: ProcessStruct, stream: LogStream): boolean {
  const file = stream === 'stdout' ? struct.stdout_logfile : struct.stderr_logfile
  return file !== '' && !file.startsWith('/dev/')
}

/** Decides by the spelling of the state, because both daemons claim any version. */
export function isGo (struct: ProcessStruct): boolean {
  return struct.statename !== struct.statename.toUpperCase()
}
