/** Runs `run(0)` to `run(count - 1)`, at most `limit` at once; results in order. The first failure stops the rest from starting. */
export async function inParallel<Result> ({ count, limit, run }: {
  count: number, limit: number, run: (index: number) => Promise<Result>
}): Promise<Result[]> {
  const results: Result[] = []
  let next = 0

  async function work (): Promise<void> {
    while (next < count) {
      const index = next++
      try {
        results[index] = await run(index)
      } catch (error) {
        next = count
        throw error
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(limit, count) }, work))
  return results
}
