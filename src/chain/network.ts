import dns from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/** The targets that RPC_NETWORK allows: `public` addresses over TLS only, or `any` for local chains. */
export type RpcNetwork = 'public' | 'any'

/** Special-purpose IPv4 ranges: IANA's registry (RFC 6890), multicast, and the reserved class E. */
const NON_PUBLIC_IPV4 = subnets('ipv4', [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
  '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24',
  '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4',
])

/** IPv6 is denied but for global unicast. That excludes ::1, mapped and NAT64 forms of IPv4, and local addresses. */
const GLOBAL_UNICAST_IPV6 = subnets('ipv6', ['2000::/3'])

/** Special-purpose ranges inside global unicast: IETF protocols with Teredo, documentation, 6to4, AS112. */
const NON_PUBLIC_IPV6 = subnets('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'])

/** RFC 6761, section 6.3. */
export const LOOPBACK_NAME = /(^|\.)localhost\.?$/

/** An RPC URL, or a name that it resolves to, breaks the address policy. The message does not repeat the URL. */
export class RpcUrlForbidden extends Error {}

/** Tells whether an IPv4 or IPv6 address (text) is reachable on the public internet. */
export function isPublicAddress (address: string): boolean {
  if (isIP(address) === 6) return GLOBAL_UNICAST_IPV6.check(address, 'ipv6') && !NON_PUBLIC_IPV6.check(address, 'ipv6')
  return isIP(address) === 4 && !NON_PUBLIC_IPV4.check(address, 'ipv4')
}

/** Throws RpcUrlForbidden. `publicLookup` checks the addresses of a name when it connects. */
export function assertRpcUrl ({ field, url, network }: { field: string, url: string, network: RpcNetwork }): void {
  const { protocol, username, password, hostname } = new URL(url)
  if (username !== '' || password !== '') throw new RpcUrlForbidden(`${field} must not carry a user name or password`)
  if (network === 'any') return

  if (protocol !== 'https:' && protocol !== 'wss:') {
    throw new RpcUrlForbidden(`${field} must be ${protocol.startsWith('ws') ? 'a wss' : 'an https'}:// URL while RPC_NETWORK is public`)
  }
  // The URL parser has turned 0x7f.1, 2130706433 and the like into dotted decimal by now.
  const host = withoutBrackets(hostname)
  if (isIP(host) !== 0 ? !isPublicAddress(host) : LOOPBACK_NAME.test(host)) throw notPublic(field)
}

/** A `lookup` for node:net. The socket gets the checked addresses, so that a name cannot change (DNS rebinding). */
export function publicLookup ({ field, resolve = dns.lookup }: { field: string, resolve?: typeof dns.lookup }): LookupFunction {
  return function lookup (hostname, options, callback) {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      const allowed = addresses.filter(({ address }) => isPublicAddress(address))
      const [first] = allowed
      if (first === undefined) return callback(notPublic(field), [])
      if (options.all === true) return callback(null, allowed)
      callback(null, first.address, first.family)
    })
  }
}

/** Checks all addresses of another program's URL. An unknown name leads nowhere and passes. Throws RpcUrlForbidden. */
export async function assertResolvesToPublic ({ field, url, network, resolve = dns.lookup }: {
  field: string, url: string, network: RpcNetwork, resolve?: typeof dns.lookup
}): Promise<void> {
  if (network === 'any') return
  await new Promise<void>((_resolve, _reject) => {
    resolve(withoutBrackets(new URL(url).hostname), { all: true }, (error, addresses) => {
      if (error === null && !addresses.every(({ address }) => isPublicAddress(address))) _reject(notPublic(field))
      else _resolve()
    })
  })
}

/** Formats an IPv6 address as node:net and node:dns expect it. */
export function withoutBrackets (hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

/** Returns the port of a URL, written or implied by its scheme. */
export function portOf (url: string): number {
  const { port, protocol } = new URL(url)
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}

function notPublic (field: string): RpcUrlForbidden {
  return new RpcUrlForbidden(`${field} must point to a public address while RPC_NETWORK is public`)
}

function subnets (family: 'ipv4' | 'ipv6', ranges: string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/')
    list.addSubnet(network, Number(prefix), family)
  }
  return list
}
