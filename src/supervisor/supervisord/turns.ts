import { CodedError } from '../../errors.js'
import { within } from '../../timing/deadline.js'

/** An order with less time than this would end before its effect is known. */
const LEAST_MS = 100

/**
 * Runs one action at a time for each program, in the order of the calls. `deadline` is in milliseconds of
 * `performance.now()`. An action keeps its turn until the promise that it gives to `prolong` is settled, which must not
 * reject. Throws SUPERVISOR_TIMEOUT, and never runs the action, when its turn comes too late.
 */
export function createTurns () {
  const last = new Map<string, Promise<void>>()

  return async function takeTurn<T> (program: string, deadline: number, action: (prolong: (rest: Promise<void>) => void) => Promise<T>): Promise<T> {
    const before = last.get(program) ?? Promise.resolve()
    let end!: () => void
    const ended = new Promise<void>(resolve => { end = resolve })
    const mine = before.then(() => ended)
    last.set(program, mine)
    mine.then(() => { if (last.get(program) === mine) last.delete(program) })
    let rest = Promise.resolve()
    try {
      const hasTurn = await within(deadline - LEAST_MS - performance.now(), before.then(() => true), () => false)
      if (!hasTurn) throw busy(program)
      return await action(prolonged => { rest = prolonged })
    } finally {
      rest.then(end)
    }
  }
}

function busy (program: string): CodedError {
  return new CodedError('SUPERVISOR_TIMEOUT', `An earlier start or stop of ${program} is still under way, so nothing was done; try again when it has ended.`)
}
