export interface Sample {
  /** Seconds since the load began. */
  second: number
  value: number
}

/** Slope of the least-squares line, per hour. */
export function slopePerHour (samples: Sample[]): number {
  const second = mean(samples.map(sample => sample.second))
  const value = mean(samples.map(sample => sample.value))
  const covariance = mean(samples.map(sample => (sample.second - second) * (sample.value - value)))
  const variance = mean(samples.map(sample => (sample.second - second) ** 2))
  return covariance / variance * 3600
}

/** Returns the lowest sample of each window, because the heap grows by more than any leak between two collections. */
export function lowest (samples: Sample[], { windowSeconds }: { windowSeconds: number }): Sample[] {
  const windows = new Map<number, Sample[]>()
  for (const sample of samples) {
    const window = Math.floor(sample.second / windowSeconds)
    windows.set(window, [...windows.get(window) ?? [], sample])
  }
  return [...windows.values()].map(window => window.reduce((one, other) => other.value < one.value ? other : one))
}

/** Returns the quantile of the given share. The share 1 gives the worst value. */
export function percentile (values: number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.ceil(values.length * share) - 1]!
}

function mean (values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
