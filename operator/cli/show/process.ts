import type { Static } from '@sinclair/typebox'
import type { Process } from '../../../schemas/process.js'
import { describeFields } from './describe.js'
import { styled, type Text } from './text.js'

const GOOD = ['RUNNING']
const BAD = ['FATAL', 'BACKOFF', 'UNKNOWN']

/** A sentence in the colour of the state, and below it the facts about the process. */
export function describeProcess (sentence: string, process: Static<typeof Process>): Text {
  const { state, uptime_seconds: uptime, outdated_configuration: isOutdated } = process
  const facts = describeFields({
    Program: process.name,
    State: state,
    Process: process.pid,
    'Running for': uptime === null ? null : describeSeconds(uptime),
    Started: process.started_at,
    Stopped: process.stopped_at,
    'Exit code': process.exit_code,
    'Ended by': process.exit_signal,
    'Restarts after a crash': process.restarts,
    'Supervisor says': process.description,
    Configuration: isOutdated === null ? null : isOutdated ? 'older than the files' : 'up to date',
    'Processes left over': process.orphan_pids?.join(', '),
  })
  const format = GOOD.includes(state) ? 'green' : BAD.includes(state) ? 'red' : null
  return [format === null ? sentence : styled(format, sentence), `\n${facts}`]
}

const UNITS = [['d', 86_400], ['h', 3600], ['min', 60]] as const

/** `3 d 4 h`, `2 min 5 s`, `7 s`: the two largest units. */
function describeSeconds (seconds: number): string {
  let rest = Math.floor(seconds)
  const parts: string[] = []
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0 || parts.length > 0) parts.push(`${count} ${unit}`)
  }
  return [...parts, `${rest} s`].slice(0, 2).join(' ')
}
