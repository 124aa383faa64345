/** A secret of the test: its bytes, and the text in which it is written. */
export interface Canary {
  name: string
  bytes: Buffer
  text: string
}

export interface Leak {
  canary: string
  form: string
}

/** A text that may show a secret. `fold` says how to change the printed text before the search. */
interface Needle {
  form: string
  text: string
  fold: (haystack: string) => string
}

const asItIs = (text: string) => text
const lowerCase = (text: string) => text.toLowerCase()
const withoutBlanks = (text: string) => text.replaceAll(/\s+/g, '')

export function keyCanary (name: string, bytes: Buffer): Canary {
  return { name, bytes, text: bytes.toString('hex') }
}

export function textCanary (name: string, text: string): Canary {
  return { name, bytes: Buffer.from(text), text }
}

/** The forms in which a secret, or half of it, can be written. */
export const FORMS: Record<string, (bytes: Buffer) => string> = {
  raw: bytes => bytes.toString('latin1'),
  hex: bytes => bytes.toString('hex'),
  'upper-case hex': bytes => bytes.toString('hex').toUpperCase(),
  base64: bytes => bytes.toString('base64'),
  base64url: bytes => bytes.toString('base64url'),
  'decimal bytes': bytes => [...bytes].join(', '),
  'a buffer as JSON': bytes => JSON.stringify(bytes),
  'upper case': bytes => bytes.toString('latin1').toUpperCase(),
}

/** Lists every canary that the data shows, whole or by half, in any of the forms. */
export function findLeaks (data: Buffer | string, canaries: Canary[]): Leak[] {
  const haystack = typeof data === 'string' ? Buffer.from(data).toString('latin1') : data.toString('latin1')
  const folded = new Map([asItIs, lowerCase, withoutBlanks].map(fold => [fold, fold(haystack)]))
  return canaries.flatMap(canary => needlesOf(canary)
    .filter(({ text, fold }) => folded.get(fold)!.includes(text))
    .map(({ form }) => ({ canary: canary.name, form })))
}

function needlesOf ({ bytes, text }: Canary): Needle[] {
  const number = { form: 'a decimal number', text: BigInt(`0x${bytes.toString('hex')}`).toString(), fold: asItIs }
  return [number, ...[bytes, Buffer.from(text)].flatMap(halves).flatMap(half => [
    { form: 'raw', text: half.toString('latin1'), fold: asItIs },
    { form: 'raw, letter case apart', text: half.toString('latin1').toLowerCase(), fold: lowerCase },
    { form: 'hex', text: half.toString('hex'), fold: lowerCase },
    { form: 'decimal bytes', text: [...half].join(), fold: withoutBlanks },
    ...[0, 1, 2].flatMap(offset => base64Within(half, offset)).map(encoded => ({
      form: 'base64', text: encoded, fold: withoutBlanks
    })),
  ])]
}

function halves (bytes: Buffer): Buffer[] {
  const middle = bytes.length >> 1
  return [bytes.subarray(0, middle), bytes.subarray(middle)]
}

/** The base64 characters that depend on these bytes alone, wherever the bytes stand in the encoded text. */
function base64Within (bytes: Buffer, offset: number): string[] {
  const padded = Buffer.concat([Buffer.alloc(offset), bytes])
  const whole = padded.subarray(0, padded.length - padded.length % 3)
  const start = offset === 0 ? 0 : 4
  return (['base64', 'base64url'] as const).map(encoding => whole.toString(encoding).slice(start))
}
