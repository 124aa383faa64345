import { cleanLine } from '../../clean-lines.js'
import type { Redactor } from '../../../redaction/redactor.js'

/** Most output has nothing to clean. */
const PLAIN = /^[\t\n\x20-\x7e]*$/

/** Cleans whole lines and removes secrets. It searches all lines at once, because no secret has a line end in it. */
export function readableLines (block: Buffer, redactor: Pick<Redactor, 'redact'>): string[] {
  if (block.length === 0) return []
  const text = block.toString('utf8', 0, block.length - 1)
  const plain = PLAIN.test(text) ? text : text.split('\n').map(cleanLine).join('\n')
  return redactor.redact(plain).split('\n')
}
