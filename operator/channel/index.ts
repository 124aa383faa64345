export { type Channel, type ChannelOptions, createChannel, type Enclave } from './channel.js'
export type { TlsIdentity } from './certificate.js'
export { openTunnel, type TunnelOptions } from './tunnel.js'
