/** Reports the first of many events at once, and the others at most once an interval, by their number since the last report. */
export function createOccasionalReport ({ intervalMs, report, now = () => performance.now() }: {
  intervalMs: number, report: (count: number) => void, now?: () => number
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
