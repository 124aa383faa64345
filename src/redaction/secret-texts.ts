import type { Configuration } from '../../schemas/configuration.js'
import { KEY_DIGITS, MINIMUM_LENGTH, type SecretText } from './matcher.js'

/** Lists how programs print the secrets of a configuration: its keys, and what providers hide in URLs. */
export function secretTextsOf ({ generators, runtime }: Configuration): SecretText[] {
  const keys = new Set([runtime.private_key, ...generators.map(one => one.ecies_private_key)])
  const verifiers = [runtime.ivs_url, ...Object.values(runtime.markets).flatMap(({ ivs_url: ivs, prover_gateway_url: gateway }) => [ivs, gateway])]
  return [
    ...[...keys].flatMap(keyTexts),
    ...[runtime.http_url, runtime.ws_url].filter(url => url !== undefined).flatMap(rpcUrlTexts),
    ...verifiers.filter(url => url !== undefined).flatMap(verifierUrlTexts),
  ]
}

/**
 * Lists secrets in the text of a config file that is invalid JSON or was edited by hand. Programs still read such a
 * file, and may print it. Fields are found by name, and a damaged key counts in pieces.
 */
export function secretTextsIn (text: string): SecretText[] {
  const keys = [...text.matchAll(/private_key"?\s*:\s*"?([^",}\n]*)/g)].flatMap(([, value = '']) => value.match(/[\da-f]{8,}/gi) ?? [])
  const urls = [...text.matchAll(/(?:http|ws|ivs|prover_gateway)_url"?\s*:\s*(?:"([^"\n]+)|([^",}\s]+))/g)].map(([, quoted, bare = '']) => quoted ?? bare)
  return [
    ...[...new Set(keys)].flatMap(key => key.length === KEY_DIGITS ? keyTexts(key) : secretTexts([key])),
    ...[...new Set(urls)].flatMap(url => rpcUrlTexts(url.replaceAll('\\/', '/'))),
  ]
}

/** Lists spellings of a 32-byte key: hex, a number, base64, and decimal bytes. The input is hex with or without 0x. */
export function keyTexts (key: string): SecretText[] {
  const hex = key.replace(/^0x/i, '')
  const bytes = Buffer.from(hex, 'hex')
  return secretTexts([
    hex,
    // Numbers are printed without leading zeros.
    hex.replace(/^0+/, ''),
    BigInt(`0x${hex}`).toString(),
    // The last character depends on the padding.
    bytes.toString('base64').slice(0, 42),
    bytes.toString('base64url').slice(0, 42),
    [...bytes].join(', '),
    [...bytes].join(),
  ])
}

/** Hides all of an RPC URL except its host. Hides the whole text if it is no URL. */
function rpcUrlTexts (text: string): SecretText[] {
  if (!URL.canParse(text)) return secretTexts([text, ...text.split(/[/?#&=:@]+/)].flatMap(spellings))
  const { host, port, protocol, pathname, search, hash } = new URL(text)
  const rests = [`${pathname}${search}${hash}`, text.replace(/^[^/]*\/\/[^/?#]*/, '')].map(rest => rest.replace(/\/$/, ''))
  const hosts = port === '' ? [host, `${host}:${protocol === 'http:' || protocol === 'ws:' ? 80 : 443}`] : [host]
  return [
    ...rests.filter(rest => rest !== '').flatMap(rest => ['', ...hosts].flatMap(one => behindHost(one, rest))),
    ...secretTexts(pathname.split('/').flatMap(spellings)),
    ...verifierUrlTexts(text),
  ]
}

/** The host and the slash after it are public. */
function behindHost (host: string, rest: string): SecretText[] {
  return spellings(rest).flatMap(spelled => {
    const slash = /^(?:\\?\/|%2F)?/i.exec(spelled)![0]
    return [host, encodeURIComponent(host)].flatMap(one => secretTexts([`${one}${spelled}`], one.length + slash.length))
  })
}

/** Hides user, password, query values and fragment of a URL. The path tells which verifier it is, and stays. */
function verifierUrlTexts (text: string): SecretText[] {
  if (!URL.canParse(text)) return []
  const { host, username, password, search, hash } = new URL(text)
  // A short password is recognised with the host that follows it.
  const userinfo = password === '' ? [] : [`${username}:${password}@${host}`]
  return secretTexts([...userinfo, username, password, hash.slice(1), search.slice(1), ...search.slice(1).split(/[&=]/)].flatMap(spellings))
}

/** Lists a URL part as it stands, decoded, encoded, and as JSON writers escape it. */
function spellings (text: string): string[] {
  const decoded = decode(text)
  return [text, decoded, encodeURIComponent(decoded), encodeURIComponent(text), ...jsonSpellings(text)]
}

/** PHP escapes slashes, Go the three HTML characters, Python everything beyond ASCII. */
function jsonSpellings (text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1)
  const escaped = (pattern: RegExp): string =>
    json.replaceAll(pattern, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return [json, json.replaceAll('/', '\\/'), escaped(/[&<>]/g), escaped(/[^\0-\x7f]/g)]
}

function decode (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function secretTexts (texts: string[], shown = 0): SecretText[] {
  return texts.filter(({ length }) => length >= MINIMUM_LENGTH).map(text => (
    // Only ASCII letters change, so that no character becomes two.
    { text: text.replaceAll(/[A-Z]+/g, letters => letters.toLowerCase()), shown }
  ))
}
