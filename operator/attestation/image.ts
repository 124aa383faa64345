import { createHash } from 'node:crypto'
import { AttestationError } from './errors.js'

/** The four measurements that make an image of Oyster, in hex. */
export interface ImagePcrs {
  0: string
  1: string
  2: string
  16: string
}

/** A file that the enclave gets at its start. `path` is below /init-params/. */
export interface InitParam {
  path: string
  contents: Uint8Array
}

export const COMPOSE_PATH = 'docker-compose.yml'
/** PCRs 0, 1, 2 and 16 as bits. */
const PCR_MASK = 0x10007
const PCR_BYTES = 48

/** PCRs 0 to 2 of Oyster's own images for compose files, amd64. */
export const PRESETS: Readonly<Record<string, Omit<ImagePcrs, 16>>> = {
  'blue@3.0.0': {
    0: '7d08525c48ff4b28d4539924f9944957cb30973be51a3bcefa2a284e504d91636d35be6d17fed21a520a755f115b0330',
    1: 'ed7759aa996a2e94c6086f24f61f354f75f9ea7f93a74f55d65c2cb5590d1af3930c9adbc57bb543764fa1f5c444f495',
    2: '4b23d52967848dbbb7a4b8373282c9fa1629e65febf04d4887ac3f58e4a98ca7519b3d0512fec4008dfa09b5c41b99c1',
  },
}

/**
 * Computes PCR16 from the attested init params, in the order of the deployment: the compose file is the first one.
 * Throws an AttestationError for a path that the enclave refuses.
 */
export function measureInitParams (params: readonly InitParam[]): string {
  // The enclave does not extend the PCR when it gets nothing.
  if (params.length === 0) return '00'.repeat(PCR_BYTES)
  const digest = createHash('sha256')
  for (const param of params) digest.update(digestOf(param))
  return createHash('sha384').update(Buffer.alloc(PCR_BYTES)).update(digest.digest()).digest('hex')
}

/** Computes Oyster's image id. The chain names an image by another one, the market image id. */
export function imageIdOf (pcrs: ImagePcrs): string {
  const mask = Buffer.alloc(4)
  mask.writeUInt32BE(PCR_MASK)
  const measured = [pcrs[0], pcrs[1], pcrs[2], pcrs[16]].map(pcr => Buffer.from(pcr, 'hex'))
  return createHash('sha256').update(Buffer.concat([mask, ...measured])).digest('hex')
}

function digestOf ({ path, contents }: InitParam): Buffer {
  if (path.split('/').some(name => ['', '.', '..'].includes(name))) {
    throw new AttestationError('POLICY_INVALID', `The path of an init param is like config/key.pem, not "${path}"`)
  }
  const fullPath = Buffer.from(`/init-params/${path}`)
  return createHash('sha256')
    .update(littleEndian(fullPath.length)).update(fullPath)
    .update(littleEndian(contents.length)).update(contents)
    .digest()
}

function littleEndian (value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
