/**
 * XML-RPC (xmlrpc.com/spec.md) as supervisors speak it. Answers are read as latin1, so that each character is one byte.
 * Log offsets can then be counted, and invalid UTF-8 survives. `decodeText` turns them into text.
 */
export type XmlRpcValue = string | number | boolean | null | XmlRpcValue[] | { [name: string]: XmlRpcValue }

/** A fault. A `code` of null means that the answer is not XML-RPC. */
export class XmlRpcError extends Error {
  readonly code: number | null

  constructor (message: string, code: number | null = null) {
    super(message)
    this.name = 'XmlRpcError'
    this.code = code
  }
}

interface Element { name: string, text: string, children: Element[] }

const MAX_DEPTH = 32
const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

export function decodeText (bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

export function encodeCall (method: string, parameters: Array<string | number | boolean>): Buffer {
  const values = parameters.map(parameter => `<param><value>${encodeValue(parameter)}</value></param>`).join('')
  return Buffer.from(`<?xml version="1.0"?><methodCall><methodName>${escape(method)}</methodName><params>${values}</params></methodCall>`)
}

function encodeValue (value: string | number | boolean): string {
  if (typeof value === 'string') return `<string>${escape(value)}</string>`
  return typeof value === 'number' ? `<int>${value}</int>` : `<boolean>${Number(value)}</boolean>`
}

function escape (text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Returns the parameters of an answer. Go's supervisord sends several, Python one. Throws an XmlRpcError. */
export function decodeAnswer (body: Buffer): XmlRpcValue[] {
  const answer = parse(body.toString('latin1'))
  if (answer.name !== 'methodResponse') throw new XmlRpcError('the answer is not an XML-RPC methodResponse')
  const fault = answer.children.find(child => child.name === 'fault')
  if (fault !== undefined) throw toFault(decodeValue(only(fault)))
  const parameters = answer.children.find(child => child.name === 'params')?.children ?? []
  return parameters.map(parameter => decodeValue(only(parameter)))
}

function toFault (fault: XmlRpcValue): XmlRpcError {
  if (typeof fault !== 'object' || fault === null || Array.isArray(fault)) throw new XmlRpcError('the fault is not a struct')
  const { faultCode, faultString } = fault
  if (typeof faultCode !== 'number') throw new XmlRpcError('the fault has no faultCode')
  return new XmlRpcError(decodeText(String(faultString)), faultCode)
}

function decodeValue (value: Element): XmlRpcValue {
  const [typed] = value.children
  if (typed === undefined) return value.text
  switch (typed.name) {
    case 'int': case 'i4': case 'i8': case 'double': return toNumber(typed.text)
    case 'boolean': return typed.text.trim() === '1'
    case 'nil': return null
    case 'array': return only(typed).children.map(decodeValue)
    case 'struct': return Object.fromEntries(typed.children.map(decodeMember))
    case 'base64': return Buffer.from(typed.text, 'base64').toString('latin1')
    default: return typed.text
  }
}

function decodeMember (member: Element): [string, XmlRpcValue] {
  const [name, value] = member.children
  if (name === undefined || value === undefined) throw new XmlRpcError('a struct member lacks its name or its value')
  return [name.text, decodeValue(value)]
}

function toNumber (text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number)) throw new XmlRpcError('the answer has a malformed number')
  return number
}

function only (element: Element): Element {
  const [child] = element.children
  if (child === undefined) throw new XmlRpcError(`<${element.name}> is empty`)
  return child
}

/** Reads elements and their text. Attributes, comments and processing instructions mean nothing in XML-RPC. */
function parse (xml: string): Element {
  const root: Element = { name: '', text: '', children: [] }
  const open = [root]
  // A name matches as a whole or not at all. Backtracking through a name of a megabyte would take minutes.
  const token = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([A-Za-z][\w.-]*)(?![\w.-])[^<>]*>|[^<]+/y
  while (token.lastIndex < xml.length) {
    const match = token.exec(xml)
    if (match === null) throw new XmlRpcError('the answer is not XML')
    const [text, closing, name] = match
    const parent = open[open.length - 1] as Element
    if (name === undefined) {
      if (!text.startsWith('<')) parent.text += decodeEntities(text)
    } else if (closing === '/') {
      if (open.pop()?.name !== name) throw new XmlRpcError('the tags of the answer do not match')
    } else {
      const element = { name, text: '', children: [] }
      parent.children.push(element)
      if (!text.endsWith('/>') && open.push(element) > MAX_DEPTH) throw new XmlRpcError('the answer is nested too deeply')
    }
  }
  if (open.length !== 1) throw new XmlRpcError('the answer ends too early')
  return only(root)
}

function decodeEntities (text: string): string {
  return text.replace(/&(?:#(\d+)|#x([\da-fA-F]+)|(\w+));/g, (entity, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return ENTITIES[name] ?? entity
    const codePoint = decimal === undefined ? parseInt(String(hex), 16) : Number(decimal)
    return codePoint > 0x10ffff ? entity : Buffer.from(String.fromCodePoint(codePoint)).toString('latin1')
  })
}
