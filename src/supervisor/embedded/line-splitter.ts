import { StringDecoder } from 'node:string_decoder'

/** Longer lines are broken into several, so that output without line ends cannot fill the memory. Characters. */
export const MAX_LINE_LENGTH = 16_384

const PIECE = new RegExp(`[^]{1,${MAX_LINE_LENGTH}}`, 'gu')

/** A line, or a piece of a long one that goes on in the next. */
export interface LinePiece {
  text: string
  goesOn: boolean
}

export interface LineSplitter {
  /** The lines that end within this piece of output. */
  push (chunk: Buffer): LinePiece[]
  /** What has come since the last line end; empty when nothing has. */
  partial (): string
  /** The last line, when it had no end. */
  end (): LinePiece[]
}

/** Cuts UTF-8 output, which comes in pieces of any size, into lines. */
export function createLineSplitter (): LineSplitter {
  const decoder = new StringDecoder('utf8')
  let partial = ''

  function take (text: string): LinePiece[] {
    const pieces = (partial + text).split('\n').flatMap(breakLine)
    partial = pieces.pop()!.text
    return pieces
  }

  return {
    push: (chunk) => take(decoder.write(chunk)),
    partial: () => partial,
    end: () => {
      const pieces = take(decoder.end())
      const last = partial
      partial = ''
      return last === '' ? pieces : [...pieces, { text: last, goesOn: false }]
    },
  }
}

function breakLine (line: string): LinePiece[] {
  if (line.length <= MAX_LINE_LENGTH) return [{ text: line, goesOn: false }]
  const pieces = line.match(PIECE)!
  return pieces.map((text, index) => ({ text, goesOn: index < pieces.length - 1 }))
}
