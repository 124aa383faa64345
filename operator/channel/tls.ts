import type { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { isIP, type SocketConstructorOpts } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { GeneratorClientError } from '../client/errors.js'
import { reasonOf } from '../client/transport/reason.js'
import { notVerified } from './errors.js'

const PROTOCOL = 'TLSv1.3'
const APPLICATION = 'http/1.1'
/** After this silence the kernel asks whether the other side is still there. */
const KEEP_ALIVE_MS = 60_000

export interface TlsAddress {
  host: string
  port: number
}

/** A service that a flood of strangers reaches closes connections before their handshake, also some of the owner's. */
const ATTEMPTS = 10
/** Two waits of a flooded client should not fall on the same instant. */
const LONGEST_PAUSE_MS = 200

interface TlsOptions<Identity> extends TlsAddress {
  /** The socket stays open for writing after its peer has ended, as in `net.connect`. */
  allowHalfOpen: boolean
  /** The time limit of the connection and its handshake. */
  timeoutMs: number
  check: (certificate: X509Certificate) => Identity
}

/**
 * Opens a TLS connection, and returns it only after `check` has accepted its certificate. Nothing is written before.
 * Tries again where the connection is cut before its handshake. Throws what `check` throws, ENCLAVE_NOT_VERIFIED,
 * UNREACHABLE, and TIMEOUT.
 */
export async function openTls<Identity> (
  options: TlsOptions<Identity>, attempts = ATTEMPTS
): Promise<{ socket: TLSSocket, identity: Identity }> {
  try {
    return await openOnce(options)
  } catch (error) {
    const isCut = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNRESET'
    if (!isCut || attempts === 1) throw error
    await pause(Math.random() * LONGEST_PAUSE_MS)
    return await openTls(options, attempts - 1)
  }
}

async function openOnce<Identity> (
  { host, port, allowHalfOpen, timeoutMs, check }: TlsOptions<Identity>
): Promise<{ socket: TLSSocket, identity: Identity }> {
  const options: ConnectionOptions & Pick<SocketConstructorOpts, 'allowHalfOpen'> = {
    host,
    port,
    allowHalfOpen,
    ...isIP(host) === 0 && { servername: host },
    // The certificate is self-signed. `check` takes the place of certificate authorities.
    rejectUnauthorized: false,
    minVersion: PROTOCOL,
    maxVersion: PROTOCOL,
    ALPNProtocols: [APPLICATION],
  }
  const socket = connect(options)
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS)
  // An error after the handshake reaches whoever uses the socket. Until then nobody else listens.
  socket.on('error', () => {})
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(timeoutMs) }).catch(error => {
      throw failureOf(error, `${host}:${port}`)
    })
    return { socket, identity: check(certificateOf(socket)) }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/**
 * Returns the certificate of a new TLS connection. Throws ENCLAVE_NOT_VERIFIED for a resumed session, whose server may
 * have none, and for another protocol.
 */
export function certificateOf (socket: TLSSocket): X509Certificate {
  if (socket.isSessionReused()) throw notVerified('The server has resumed an earlier TLS session')
  if (socket.alpnProtocol !== APPLICATION) throw notVerified(`The server does not agree to ${APPLICATION} on TLS`)
  return socket.getPeerX509Certificate()!
}

function failureOf (cause: NodeJS.ErrnoException, address: string): GeneratorClientError {
  const { name, code = '' } = cause
  if (name === 'AbortError') {
    return new GeneratorClientError('TIMEOUT', `No TLS connection to ${address} in time`, { cause })
  }
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return notVerified(`${address} does not speak ${PROTOCOL}: an older service, or another server`, { cause })
  }
  return new GeneratorClientError('UNREACHABLE', `No TLS connection to ${address}: ${reasonOf(cause)}`, { cause })
}
