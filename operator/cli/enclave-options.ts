import { InvalidArgumentError, Option } from 'commander'
import { PRESETS } from '../attestation/image.js'
import { parsePublicKey } from '../../src/enclave/public-key.js'
import { parseCount } from './options.js'

/** Describes a deployment before it exists. */
export const DEPLOYMENT = [
  presetOption().makeOptionMandatory(), composeOption().makeOptionMandatory(), initParamOption()
]

/** Options that say what the owner expects of an enclave, and when. */
export const EXPECTATIONS = [
  presetOption().conflicts(['pcr0', 'pcr1', 'pcr2', 'imageId', 'classic']),
  composeOption().conflicts(['pcr16', 'imageId', 'classic']),
  initParamOption(),
  ...[0, 1, 2, 16].map(index => hexOption(`--pcr${index} <hex>`, 48, `Expected PCR${index}`).conflicts('imageId')),
  hexOption('--image-id <hex>', 32, 'Expected image id of Oyster, in the place of the four PCRs').conflicts('classic'),
  new Option('--classic', 'The image has no PCR16, so that no compose file is measured'),
  new Option('--public-key <hex>', 'Expected public key of the enclave').argParser(parseKey),
  hexOption('--root <sha256>', 32, 'Expected root certificate. Default: that of AWS'),
  new Option('--nonce <hex>', 'Expected nonce, for attestation servers that take one').argParser(parseNonce),
  new Option('--max-age <seconds>', 'Largest age of the document. Default: 300').argParser(parseCount),
  new Option('--max-ahead <seconds>', 'How far it may be ahead of this clock. Default: 60').argParser(parseCount),
  new Option('--at <time>', 'Judge a kept document at this time, such as 2026-06-01T12:00:00Z').argParser(parseTime),
]

function presetOption (): Option {
  return new Option('--preset <name>', 'An image of Oyster whose PCRs are known').choices(Object.keys(PRESETS))
}

function composeOption (): Option {
  return new Option('--compose <file>', 'The compose file of the deployment, which PCR16 covers byte by byte')
}

function initParamOption (): Option {
  return new Option(
    '--init-param <path=file>', 'Another attested init param; repeat the option in the order of the deployment'
  ).argParser((text: string, others: string[] = []) => [...others, text])
}

function hexOption (flags: string, bytes: number, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    const digits = text.replace(/^0x/, '').toLowerCase()
    if (digits.length !== 2 * bytes || !/^[0-9a-f]*$/.test(digits)) {
      throw new InvalidArgumentError(`It must be ${bytes} bytes in hex, which are ${2 * bytes} digits.`)
    }
    return digits
  })
}

/** The 64 bytes of the key, in hex. */
function parseKey (text: string): string {
  try {
    return Buffer.from(parsePublicKey(text)).toString('hex', 1)
  } catch (error) {
    throw new InvalidArgumentError(`${(error as Error).message}.`)
  }
}

function parseNonce (text: string): Buffer {
  if (!/^(0x)?([0-9a-f]{2})+$/i.test(text)) throw new InvalidArgumentError('It must be bytes in hex.')
  return Buffer.from(text.replace(/^0x/, ''), 'hex')
}

function parseTime (text: string): Date {
  const time = new Date(/^\d{13}$/.test(text) ? Number(text) : text)
  // A time without its zone would be another one on each machine.
  if (Number.isNaN(time.getTime()) || !/^(\d{13}|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d))$/.test(text)) {
    throw new InvalidArgumentError('It must be a time with its zone, such as 2026-06-01T12:00:00Z, or milliseconds.')
  }
  return time
}
