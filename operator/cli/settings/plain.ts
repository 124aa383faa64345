import { isLoopback } from '../../channel/loopback.js'
import type { Channel } from '../../channel/channel.js'
import type { Settings } from './settings.js'

/** Tells whether calls go over plain HTTP to another machine, whose host can read and change them. */
export function isReadByHost ({ url }: Pick<Settings, 'url'>, channel: Channel | null): boolean {
  const { protocol, hostname } = new URL(url)
  return channel === null && protocol === 'http:' && !isLoopback(hostname)
}
