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

/** The lowest sample of each window: between two collections the heap grows and falls by more than any leak. */
export function lowest (samples: Sample[], { windowSeconds }: { windowSeconds: number }): Sample[] {
  const windows = new Map<number, Sample[]>()
  for (const sample of samples) {
    const window = Math.floor(sample.second / windowSeconds)
    windows.set(window, [...windows.get(window) ?? [], sample])
  }
  return [...windows.values()].map(window => window.reduce((one, other) => other.value < one.value ? other : one))
}

/** The value that the given share of all is not above; the worst for a share of 1. */
export function percentile (values: number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.ceil(values.length * share) - 1]!
}

function mean (values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
