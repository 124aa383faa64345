import dns from 'node:dns'
import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { RuntimeConfigUpdate } from '../../../schemas/configuration.js'
import { within } from '../../timing/deadline.js'
import { invalidField } from '../../errors.js'
import { isPublicAddress, LOOPBACK_NAME, portOf, type RpcNetwork, withoutBrackets } from '../network.js'

/** Loopback, and the unspecified address, which Linux connects to loopback. */
const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('0.0.0.0', 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')
LOOPBACK.addAddress('::', 'ipv6')

export type MarketAddresses = ReturnType<typeof createMarketAddresses>

/**
 * Limits where the programs and verifiers of markets may be. Loopback is allowed on any port outside `ownPorts`.
 * Other private addresses need `network: any`. A name lookup takes at most `timeoutMs`, and an unknown name passes.
 * The check throws INVALID_REQUEST. Its `path` leads to the fields of the runtime config.
 */
export function createMarketAddresses ({ network, ownPorts, timeoutMs, lookup = dns.promises.lookup }: {
  network: RpcNetwork, ownPorts: ReadonlySet<number>, timeoutMs: number, lookup?: (name: string, options: { all: true }) => Promise<{ address: string }[]>
}) {
  async function assertUrl (field: string, url = ''): Promise<void> {
    if (url === '') return
    const isOwnPort = ownPorts.has(portOf(url))
    if (network === 'any' && !isOwnPort) return
    const addresses = await addressesOf(new URL(url).hostname)
    if (isOwnPort && addresses.some(address => includes(LOOPBACK, address) || isInterface(address))) {
      throw invalidField(field, `port ${portOf(url)} of this machine is one of the service's own, name the port of the market's program`)
    }
    if (network === 'public' && addresses.some(address => !includes(LOOPBACK, address) && !isPublicAddress(address))) {
      throw invalidField(field, 'points to a private address, which RPC_NETWORK=public does not allow: name a public host, or a loopback address')
    }
  }

  async function addressesOf (hostname: string): Promise<string[]> {
    const host = withoutBrackets(hostname)
    if (isIP(host) !== 0) return [host]
    if (LOOPBACK_NAME.test(host)) return ['127.0.0.1']
    const found = await within(timeoutMs, lookup(host, { all: true }), () => []).catch(() => [])
    return found.map(({ address }) => address)
  }

  return async ({ ivs_url: ivsUrl, markets = {} }: RuntimeConfigUpdate, path: string): Promise<void> => {
    for (const [id, market] of Object.entries(markets)) {
      const isBare = typeof market !== 'object'
      const port = isBare ? market : market.port
      if (port !== undefined && ownPorts.has(Number(port))) {
        throw invalidField(`${path}markets/${id}${isBare ? '' : '/port'}`, `${port} is one of the service's own ports, name the port of the market's program`)
      }
    }
    const urls = Object.entries(markets).flatMap(([id, market]) => typeof market !== 'object'
      ? []
      : [[`markets/${id}/ivs_url`, market.ivs_url], [`markets/${id}/prover_gateway_url`, market.prover_gateway_url]] as const)
    await Promise.all([['ivs_url', ivsUrl] as const, ...urls].map(async ([field, url]) => await assertUrl(`${path}${field}`, url)))
  }
}

/** Tells whether an interface of this machine has the address, which a server on all interfaces answers to. */
function isInterface (address: string): boolean {
  const list = new BlockList()
  for (const found of Object.values(networkInterfaces()).flat()) list.addAddress(found!.address, found!.family === 'IPv6' ? 'ipv6' : 'ipv4')
  return includes(list, address)
}

function includes (list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
