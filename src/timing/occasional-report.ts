/** Reports the first event at once. Later events are reported at most once an interval, a minute, with their number. */
export function createOccasionalReport ({ intervalMs = 60_000, report, now = () => performance.now() }: {
  intervalMs?: number, report: (count: number) => void, now?: () => number
}): () => void {
  let count = 0
  let reportedAt = -Infinity
  return () => {
    count += 1
    if (now() - reportedAt < intervalMs) return
    reportedAt = now()
    report(count)
    count = 0
  }
}
