import type { prettyFactory } from 'pino-pretty'

/**
 * Returns what turns JSON lines of the log into lines for people, on a terminal where the development package pino-pretty is
 * installed. Returns null elsewhere: a log that a program reads stays JSON.
 */
export async function loadReadableLog ({ isTerminal, load = async () => await import('pino-pretty') }: {
  isTerminal: boolean, load?: () => Promise<{ prettyFactory: typeof prettyFactory }>
}): Promise<((line: string) => string) | null> {
  if (!isTerminal) return null
  try {
    const { prettyFactory } = await load()
    return prettyFactory({ colorize: process.env['NO_COLOR'] === undefined, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss' })
  } catch {
    return null
  }
}
