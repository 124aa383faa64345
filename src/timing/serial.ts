/** Runs tasks one at a time in the order of the calls. A failed task does not stop the next one. */
export function createSerial (): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return async (task) => {
    const result = last.then(task)
    last = result.catch(() => {})
    return await result
  }
}
