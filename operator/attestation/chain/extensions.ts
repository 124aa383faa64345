import { check } from '../check.js'
import { type DerElement, readAll, readDer, readFields, readList, TAGS } from '../der.js'
import { readInteger, readNamedBits, readObjectIdentifier, readTrue } from './values.js'

interface Extension {
  isCritical: boolean
  value: Buffer
}

/** Object identifiers of the two extensions that we judge, in hex. */
const BASIC_CONSTRAINTS = '551d13'
const KEY_USAGE = '551d0f'

export interface Authority {
  isAuthority: boolean
  isCritical: boolean
  /** The largest number of authorities below this one. */
  depth: number
}

export interface Extensions {
  authority: Authority | null
  /** Tells whether the key may be used in the way of the bit (RFC 5280, 4.2.1.3). Null: the extension is missing. */
  usage: ((bit: number) => boolean) | null
}

/** Reads the extensions (RFC 5280, 4.2). Refuses those that are critical and unknown. */
export function readExtensions (field: DerElement): Extensions {
  const [list] = readFields(field, [TAGS.SEQUENCE])
  const extensions = new Map<string, Extension>()
  for (const item of readList(list, TAGS.SEQUENCE)) {
    const [identifier, extension] = readExtension(item)
    check('extension-twice', !extensions.has(identifier), 'A certificate has an extension twice')
    check(
      'extension-critical',
      !extension.isCritical || [BASIC_CONSTRAINTS, KEY_USAGE].includes(identifier),
      'A certificate has a critical extension that is unknown'
    )
    extensions.set(identifier, extension)
  }
  const constraints = extensions.get(BASIC_CONSTRAINTS)
  const usage = extensions.get(KEY_USAGE)
  return {
    authority: constraints === undefined ? null : readAuthority(constraints),
    usage: usage === undefined ? null : readNamedBits(readDer(usage.value, TAGS.BIT_STRING)),
  }
}

function readExtension (item: DerElement): [identifier: string, Extension] {
  const fields = readAll(item.content)
  const [identifier, value] = [fields[0], fields.at(-1)]
  const critical = fields.length === 3 ? fields[1] : undefined
  check(
    'extension-fields',
    identifier?.tag === TAGS.OBJECT_IDENTIFIER && value?.tag === TAGS.OCTET_STRING &&
      (fields.length === 2 || critical?.tag === TAGS.BOOLEAN),
    'A certificate has an extension in a wrong form'
  )
  if (critical !== undefined) readTrue(critical)
  return [readObjectIdentifier(identifier), { isCritical: critical !== undefined, value: value.content }]
}

/** Reads `SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }`. */
function readAuthority ({ isCritical, value }: Extension): Authority {
  const fields = readAll(readDer(value, TAGS.SEQUENCE).content)
  const [flag, limit] = fields
  check(
    'authority-fields',
    fields.length <= 2 && (flag === undefined || flag.tag === TAGS.BOOLEAN) &&
      (limit === undefined || limit.tag === TAGS.INTEGER),
    'A certificate has basicConstraints in a wrong form'
  )
  if (flag !== undefined) readTrue(flag)
  const depth = limit === undefined ? Infinity : Number(`0x${readInteger(limit).toString('hex')}`)
  return { isAuthority: flag !== undefined, isCritical, depth }
}
