import { cleanLine } from '../clean-lines.js'
import { goStateAtEnd, type Reading } from '../supervisord/reading.js'
import type { ProcessInfo, ProcessState } from '../supervisor.js'

/** Go's ctl.go, showProcessInfo, prints a colour, then `%-33s%-10s%s`. A longer name runs into the state. */
const NAME_WIDTH = 33
const STATES = 'Stopped|Starting|Running|Backoff|Stopping|Exited|Fatal|Unknown'
const STATE_AND_DETAIL = new RegExp(`^(${STATES})\\s*(.*)`, 'i')
/** The pattern leaves out the blanks behind a name. Matching a megabyte of blanks would take minutes. */
const AFTER_NAME = new RegExp(`(?<!^)(?:${STATES})\\s*(?:$|pid \\d+, uptime |\\d{4}-\\d\\d-\\d\\d )`, 'i')
const RUNNING_DETAIL = /^pid (\d{1,10}), uptime (?:(\d{1,6}) days?, )?(\d{1,6}):(\d\d):(\d\d)/
/** Go's time.Time.String(). The year 1970 stands for never. */
const STOP_TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,3})?\d* ([+-]\d\d)(\d\d)/
// eslint-disable-next-line no-control-regex -- supervisord always colours its lines
const COLOUR = /\u001b\[[0-9;]*m/g

function toLines (output: string): string[] {
  return output.replace(COLOUR, '').split('\n').map(line => line.trimEnd()).filter(line => line !== '')
}

export function parsePrograms (output: string): string[] {
  return toLines(output).map(nameOf).filter(name => name !== '')
}

function nameOf (line: string): string {
  return line.slice(0, Math.max(0, line.search(AFTER_NAME))).trimEnd()
}

/** A message repeats no more of ctl's output than this. */
const MAX_SAID_CHARACTERS = 500

/** Returns the end of ctl's stderr in one line, like ` (it printed "…")`, or ''. Hides user and password of URLs. */
export function describeFailure ({ stderr }: { stderr: string }): string {
  const lines = stderr.split('\n').map(line => cleanLine(line).trim()).filter(line => line !== '')
  const said = lines.join(' | ').replace(/(:\/\/)[^\s/"']*@/g, '$1')
  if (said === '') return ''
  return ` (it printed "${said.length > MAX_SAID_CHARACTERS ? `…${said.slice(-MAX_SAID_CHARACTERS).toWellFormed()}` : said}")`
}

interface ReadingOptions { stopOrdered: boolean, now: number }

/** Reads a program's line in the output of `ctl status`. Null: no line has exactly that name. */
export function parseReading (output: string, program: string, options: ReadingOptions): Reading | null {
  // Go pads by characters, JavaScript's padEnd by UTF-16 units.
  const column = program + ' '.repeat(Math.max(0, NAME_WIDTH - [...program].length))
  for (const line of toLines(output)) {
    const [, state, detail] = (line.startsWith(column) && STATE_AND_DETAIL.exec(line.slice(column.length))) || []
    if (state !== undefined && detail !== undefined) return toReading({ program, shown: state.toUpperCase() as ProcessState, detail, ...options })
  }
  return null
}

function toReading ({ program, shown, detail, stopOrdered, now }: ReadingOptions & { program: string, shown: ProcessState, detail: string }): Reading {
  const { pid, uptime } = readRunning(detail)
  const stoppedAt = readStopTime(detail)
  const state = goStateAtEnd({ state: shown, stopOrdered, stoppedMsAgo: now - (stoppedAt?.getTime() ?? 0) })
  const process: ProcessInfo = {
    name: program,
    state,
    pid,
    uptime_seconds: uptime,
    started_at: uptime === null ? null : new Date(now - uptime * 1000).toISOString(),
    stopped_at: ['EXITED', 'FATAL', 'BACKOFF'].includes(state) && stoppedAt !== null ? stoppedAt.toISOString() : null,
    exit_code: null,
    exit_signal: null,
    restarts: null,
    description: null,
  }
  return { process, stamp: `${shown} ${uptime === null ? detail : pid}`, run: null }
}

function readRunning (detail: string): { pid: number | null, uptime: number | null } {
  const [, pid, days, hours, minutes, seconds] = RUNNING_DETAIL.exec(detail) ?? []
  if (pid === undefined) return { pid: null, uptime: null }
  return { pid: Number(pid), uptime: Number(days ?? 0) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds) }
}

function readStopTime (detail: string): Date | null {
  const [, date, time, fraction, hours, minutes] = STOP_TIME.exec(detail) ?? []
  if (date === undefined || date === '1970-01-01') return null
  const stoppedAt = new Date(`${date}T${time}${fraction ?? ''}${hours}:${minutes}`)
  return Number.isNaN(stoppedAt.getTime()) ? null : stoppedAt
}
