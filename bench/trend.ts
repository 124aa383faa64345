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

function mean (values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
