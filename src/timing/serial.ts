/** Runs tasks one after the other, in the order in which they were asked for; one that fails does not stop the next. */
export function createSerial (): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return async (task) => {
    const result = last.then(task)
    last = result.catch(() => {})
    return await result
  }
}
