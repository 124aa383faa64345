import { styleText } from 'node:util'
import { cleanLine } from '../../../src/supervisor/clean-lines.js'

type Format = Parameters<typeof styleText>[0]

/** Text with a style. Only `render` adds escapes, so that text from the network cannot control the terminal. */
export interface Styled {
  format: Format
  text: string
}

/** A list is its parts, one behind the other. */
export type Text = string | Styled | readonly Text[]

export function styled (format: Format, text: string): Styled {
  return { format, text }
}

/** Removes control characters, and adds colours where Node's rules allow them for the stream: NO_COLOR, FORCE_COLOR, a terminal. */
export function render (text: Text, stream: NodeJS.WritableStream): string {
  if (typeof text === 'string') return clean(text)
  if ('format' in text) return styleText(text.format, clean(text.text), { stream })
  return text.map(part => render(part, stream)).join('')
}

export function hasColors (stream: NodeJS.WritableStream): boolean {
  return styleText('bold', '.', { stream }) !== '.'
}

function clean (text: string): string {
  return text.split('\n').map(cleanLine).join('\n')
}
