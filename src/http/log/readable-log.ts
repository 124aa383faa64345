import type { prettyFactory } from 'pino-pretty'

/**
 * Returns a function that turns JSON lines of the log into lines for people. Returns null without a terminal, because a
 * program reads JSON, and without the development package pino-pretty.
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
