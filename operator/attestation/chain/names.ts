import { check } from '../check.js'
import { type DerElement, readAll, readFields, readList, TAGS } from '../der.js'
import { readObjectIdentifier } from './values.js'

/** The attributes in certificates of Nitro, by their object identifiers in hex. */
const ATTRIBUTES: Record<string, string> = {
  550403: 'CN', 550406: 'C', 550407: 'L', 550408: 'ST', '55040a': 'O', '55040b': 'OU'
}

/** The kinds of text, and the characters of each. No kind may control a terminal. */
const TEXTS: Record<number, RegExp> = {
  [TAGS.UTF8_STRING]: /^[^\p{C}\ufffd]+$/u,
  [TAGS.PRINTABLE_STRING]: /^[A-Za-z0-9 '()+,\-./:=?]+$/,
  [TAGS.IA5_STRING]: /^[\x20-\x7e]+$/,
}

/** Reads a name (RFC 5280, 4.1.2.4), for people: `CN=…, O=…`. */
export function readName (name: DerElement): string {
  return readList(name, TAGS.SET).map(set => readAttribute(readFields(set, [TAGS.SEQUENCE])[0])).join(', ')
}

function readAttribute ({ content }: DerElement): string {
  const [type, value, ...others] = readAll(content)
  check(
    'name-attribute',
    type?.tag === TAGS.OBJECT_IDENTIFIER && value !== undefined && others.length === 0,
    'A certificate has a name in a wrong form'
  )
  const text = value.content.toString()
  check('name-text', TEXTS[value.tag]?.test(text) === true, 'A certificate has a name with wrong characters')
  const identifier = readObjectIdentifier(type)
  return `${ATTRIBUTES[identifier] ?? identifier}=${text}`
}
