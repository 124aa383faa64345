import { COMPOSE_PATH, type ImagePcrs, type InitParam, measureInitParams, PRESETS } from '../../attestation/image.js'
import type { AttestationPolicy } from '../../attestation/policy.js'
import { UsageError } from '../exit-codes.js'
import type { Options } from '../options.js'
import { readBytes } from './input.js'

type Input = NodeJS.ReadableStream
type Measurements = Pick<AttestationPolicy, 'pcrs' | 'image_id' | 'classic'>

/** Puts the flags in the place of their parts of the saved policy. Throws as readDeployment does. */
export async function readPolicy (
  options: Options, saved: AttestationPolicy | undefined, stdin: Input
): Promise<AttestationPolicy> {
  const { publicKey, root, maxAge, maxAhead } = options
  const { pcrs, image_id: imageId, classic, ...others } = saved ?? {}
  const measurements: Measurements = {
    ...pcrs !== undefined && { pcrs },
    ...imageId !== undefined && { image_id: imageId },
    ...classic === true && { classic },
  }
  return {
    ...await readMeasurements(options, measurements, stdin),
    ...others,
    ...publicKey !== undefined && { public_key: publicKey },
    ...root !== undefined && { root },
    ...maxAge !== undefined && { max_age_seconds: maxAge },
    ...maxAhead !== undefined && { max_ahead_seconds: maxAhead },
  }
}

/** Computes the PCRs that a deployment will have. Throws a UsageError, and an AttestationError for a wrong path. */
export async function readDeployment (options: Options, stdin: Input): Promise<ImagePcrs> {
  return { ...PRESETS[options.preset!]!, 16: await measure(options.compose!, options.initParam, stdin) }
}

async function readMeasurements (options: Options, saved: Measurements, stdin: Input): Promise<Measurements> {
  const { imageId, classic } = options
  const named = await readPcrs(options, stdin)
  if (imageId !== undefined) return { image_id: imageId }
  if (Object.keys(named).length === 0 && classic === undefined) {
    if (saved.pcrs !== undefined || saved.image_id !== undefined) return saved
    throw new UsageError(
      'Say what to expect: --preset with --compose, --image-id, or --pcr0 to --pcr2 with --pcr16. `enclave pcrs` computes them'
    )
  }
  const { 0: zero, 1: one, 2: two, 16: sixteen } = { ...saved.pcrs, ...named }
  if (zero === undefined || one === undefined || two === undefined) {
    throw new UsageError('PCRs 0 to 2 are the image: name --pcr0, --pcr1 and --pcr2, or --preset')
  }
  const image = { 0: zero, 1: one, 2: two }
  if (classic === true && named[16] === undefined) return { pcrs: image, classic }
  if (sixteen === undefined) {
    throw new UsageError(
      'PCR16 is the compose file: name --compose or --pcr16, or --classic for an image without it'
    )
  }
  return { pcrs: { ...image, 16: sixteen } }
}

async function readPcrs (options: Options, stdin: Input): Promise<Partial<ImagePcrs>> {
  const { preset, compose, initParam, pcr0, pcr1, pcr2, pcr16 } = options
  if (initParam !== undefined && compose === undefined) {
    throw new UsageError('--init-param needs --compose: the compose file is the first init param')
  }
  return {
    ...preset !== undefined && PRESETS[preset],
    ...pcr0 !== undefined && { 0: pcr0 },
    ...pcr1 !== undefined && { 1: pcr1 },
    ...pcr2 !== undefined && { 2: pcr2 },
    ...pcr16 !== undefined && { 16: pcr16 },
    ...compose !== undefined && { 16: await measure(compose, initParam, stdin) },
  }
}

async function measure (compose: string, others: string[] = [], stdin: Input): Promise<string> {
  const params: InitParam[] = [{ path: COMPOSE_PATH, contents: await readBytes(compose, stdin) }]
  for (const text of others) {
    const [path = '', ...rest] = text.split('=')
    if (rest.length === 0) {
      throw new UsageError(`--init-param takes PATH=FILE, such as config/key.pem=./key.pem, not "${text}"`)
    }
    params.push({ path, contents: await readBytes(rest.join('='), stdin) })
  }
  return measureInitParams(params)
}
