/** fetch says only "fetch failed". Its cause has the reason, and may hold one for each address. */
export function reasonOf (error: unknown): string {
  const cause = (error as Error).cause ?? error
  const [first = cause] = cause instanceof AggregateError ? cause.errors : []
  return (first as Error).message
}
