/**
 * Ports that no market may have: supervisord's, and those of an Oyster enclave's proxies and attestation servers. The
 * service's own ports and its supervisor's join them after the start.
 */
export const RESERVED_PORTS = [9001, 1100, 1300, 1301, 1500]

/** Returns the port of a URL, written or implied by its scheme. */
export function portOf (url: string): number {
  const { port, protocol } = new URL(url)
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}
