/** Resolves with the promise, or with `late()` when the promise takes longer. */
export async function within<Result> (milliseconds: number, promise: Promise<Result>, late: () => Result | Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const lateness = new Promise<Result>(resolve => { timer = setTimeout(() => resolve(late()), milliseconds) })
  return await Promise.race([promise, lateness]).finally(() => clearTimeout(timer))
}
