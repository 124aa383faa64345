import { CodedError } from '../../errors.js'

/** Keeps the turn after the action's end until the promise settles. The promise must not reject. */
export type Prolong = (rest: Promise<void>) => void

/** Runs one action at a time for each program, in the order of the calls. */
export type TakeTurn = <T>(program: string, deadline: number, action: (prolong: Prolong) => Promise<T>) => Promise<T>

/** An order with less time than this would end before its effect is known. */
const LEAST_MS = 100

/** `deadline` is in ms of `performance.now()`. Throws SUPERVISOR_TIMEOUT without the action if its turn is late. */
export function createTurns (): TakeTurn {
  const last = new Map<string, Promise<void>>()

  return async function takeTurn (program, deadline, action) {
    const before = last.get(program) ?? Promise.resolve()
    const { promise: ended, resolve: end } = withResolvers()
    const mine = before.then(() => ended)
    last.set(program, mine)
    mine.then(() => { if (last.get(program) === mine) last.delete(program) })
    let rest = Promise.resolve()
    try {
      if (!await isOverBy(before, deadline)) throw busy(program)
      return await action(prolonged => { rest = prolonged })
    } finally {
      rest.then(end)
    }
  }
}

async function isOverBy (turn: Promise<void>, deadline: number): Promise<boolean> {
  const { promise, resolve } = withResolvers()
  const timer = setTimeout(resolve, deadline - LEAST_MS - performance.now())
  const isOver = await Promise.race([turn.then(() => true), promise.then(() => false)])
  clearTimeout(timer)
  return isOver
}

function withResolvers (): { promise: Promise<void>, resolve: () => void } {
  let resolve!: () => void
  const promise = new Promise<void>(_resolve => { resolve = _resolve })
  return { promise, resolve }
}

function busy (program: string): CodedError {
  return new CodedError('SUPERVISOR_TIMEOUT', `An earlier start or stop of ${program} is still under way, so nothing was done; try again when it has ended.`)
}
