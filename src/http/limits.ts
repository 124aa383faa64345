/** What keeps strangers from using up the service; tests that need to get further have limits of their own. */
export interface Limits {
  failedAttempts: { burst: number, perSecond: number }
  /** Beyond what an answer may take, and between two comments of a followed log: a connection that moves nothing for longer is closed. */
  silenceMs: number
  /** Fewer where the process may open few files (descriptors.ts). */
  maxConnections: number
}

export const limits: Limits = {
  // No guessing gets anywhere against 256 bits: this bounds what strangers cost, and what they write to the log. Through the
  // proxy all clients share one address and so this bucket: a burst of 100 tells several clients with an old key what is wrong.
  failedAttempts: { burst: 100, perSecond: 10 },
  silenceMs: 20_000,
  maxConnections: 512,
}
