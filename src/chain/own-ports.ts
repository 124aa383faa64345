/**
 * Ports that no market may have (field.md, section 1): supervisord's, and those of an enclave's proxies and attestation server.
 * To them come those that the service listens on itself, and its supervisor's, which are known after the start.
 */
export const RESERVED_PORTS = [9001, 1100, 1300, 1301, 1500]

/** Port of a URL, written or implied by its scheme. */
export function portOf (url: string): number {
  const { port, protocol } = new URL(url)
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}
