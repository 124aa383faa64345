export type Limits = typeof limits

/** Keeps strangers from exhausting the service. A test that needs to get further has limits of its own. */
export const limits = {
  // Nobody can guess 256 bits, so this only bounds the cost of strangers and their log lines. All clients behind the
  // proxy share this bucket. With a burst of 100, several clients with an old key still learn that their key is wrong.
  failedAttempts: { burst: 100, perSecond: 10 },
  /** The longest silence of a connection after the longest answer. It exceeds the pause between heartbeats of a log. */
  silenceMs: 20_000,
  /** A lower file limit of the process allows fewer connections (descriptors.ts). */
  maxConnections: 512,
}
