import type { TLSSocket } from 'node:tls'
import { createHttpClient } from '../../src/outgoing/http-client.js'
import { createSharedReads } from '../../src/timing/shared-reads.js'
import { AttestationError } from '../attestation/errors.js'
import {
  type AttestationPolicy, type AttestationVerdict, fetchAttestation, verifyAttestation
} from '../attestation/index.js'
import { type ClientErrorCode, GeneratorClientError } from '../client/errors.js'
import { createNodeFetch } from '../client/transport/node-fetch.js'
import { checkCertificate, type TlsIdentity } from './certificate.js'
import { NotEndorsed, notVerified } from './errors.js'
import { openTls } from './tls.js'

export interface ChannelOptions {
  /** The service's URL, such as http://enclave.example:5000. The channel speaks TLS to its host and port. */
  url: string
  /** The URL of the attestation document. */
  attestationUrl: string
  /** Says what the document must show. */
  policy: AttestationPolicy
  /** Is called once for each new key of the enclave, before anything is sent to it. It must not throw. */
  onEnclave?: ((enclave: Enclave) => void | Promise<void>) | undefined
  /** The time limit of a connection with its handshake, and that of the document. Default: 10,000 ms. */
  timeoutMs?: number | undefined
}

/** The enclave at the other end: its document's verdict, and what its certificate proves. */
export interface Enclave extends TlsIdentity {
  verdict: AttestationVerdict
}

/** These failures of the document's way here say nothing of the enclave. */
const OF_THE_WAY = ['UNREACHABLE', 'TIMEOUT']

/**
 * Creates a channel that ends inside the enclave. Before a connection is handed out, the enclave's document has passed
 * the policy, and the document's key has endorsed the certificate of the connection. Throws a TypeError for an invalid
 * URL.
 */
export function createChannel ({ url, attestationUrl, policy, onEnclave, timeoutMs = 10_000 }: ChannelOptions) {
  const address = addressOf(url)
  const documents = createSharedReads(readDocument)
  const http = createHttpClient({ connect: async () => await connect() })
  let known: Enclave | null = null

  /** Throws ENCLAVE_NOT_VERIFIED, UNREACHABLE or TIMEOUT. */
  async function readDocument (url: string): Promise<AttestationVerdict> {
    try {
      return verifyAttestation(await fetchAttestation(url, { timeoutMs }), policy)
    } catch (error) {
      const { code, message, rule } = error as AttestationError
      if (OF_THE_WAY.includes(code)) throw new GeneratorClientError(code as ClientErrorCode, message, { cause: error })
      throw notVerified(message, { data: { code, rule }, cause: error })
    }
  }

  /**
   * Opens a connection to the enclave. A certificate that the known key endorses needs no new document. No error makes
   * the channel forget the known enclave. Only a document and a certificate that pass can replace it.
   */
  async function connect ({ allowHalfOpen = false } = {}): Promise<TLSSocket> {
    if (known !== null) {
      try {
        return await open(known.verdict, allowHalfOpen)
      } catch (error) {
        if (!(error instanceof NotEndorsed)) throw error
      }
    }
    return await open(await documents.join(attestationUrl), allowHalfOpen)
  }

  async function open (verdict: AttestationVerdict, allowHalfOpen: boolean): Promise<TLSSocket> {
    const { socket, identity } = await openTls({
      ...address,
      allowHalfOpen,
      timeoutMs,
      check: certificate => checkCertificate({ certificate, attestedKey: verdict.publicKey, now: new Date() }),
    })
    await accept({ ...identity, verdict })
    if (socket.destroyed) throw new GeneratorClientError('UNREACHABLE', `${address.host} has closed the connection`)
    return socket
  }

  async function accept (next: Enclave): Promise<void> {
    const isNew = known === null || !keysOf(known).equals(keysOf(next))
    known = next
    if (isNew) await onEnclave?.(next)
  }

  /** Returns what is known of the enclave. Opens a connection first if none was open before. */
  async function enclave (): Promise<Enclave> {
    if (known === null) (await connect()).destroy()
    return known!
  }

  return {
    connect,
    enclave,
    /** For createGeneratorClient. Every connection of this fetch leads to the enclave, whatever its URL. */
    fetch: createNodeFetch(http),
    /** The 65-byte point of the key that decrypts bodies and signs answers. */
    signingKey: async () => Buffer.concat([Buffer.of(0x04), (await enclave()).signingKey]),
    close: http.close,
  }
}

export type Channel = ReturnType<typeof createChannel>

function keysOf ({ verdict, signingKey }: Enclave): Buffer {
  return Buffer.concat([verdict.publicKey, signingKey])
}

function addressOf (url: string) {
  const { protocol, hostname, port } = new URL(url)
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port === '' ? PORTS[protocol] : port) }
}

const PORTS: Record<string, number> = { 'http:': 80, 'https:': 443 }
