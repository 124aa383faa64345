/** Keeps strangers from exhausting the service. A test that needs to get further has limits of its own. */
export interface Limits {
  failedAttempts: { burst: number, perSecond: number }
  /**
   * The longest silence of a connection, in ms. It exceeds the time of any answer and the pause between heartbeats of
   * a followed log.
   */
  silenceMs: number
  /** A lower file limit of the process allows fewer connections (descriptors.ts). */
  maxConnections: number
}

export const limits: Limits = {
  // Guessing is hopeless against 256 bits. This limit bounds the cost of strangers and their log lines. All clients
  // behind the proxy share one address, and so this bucket. A burst of 100 still tells several clients with an old
  // key what is wrong.
  failedAttempts: { burst: 100, perSecond: 10 },
  silenceMs: 20_000,
  maxConnections: 512,
}
