import { StringDecoder } from 'node:string_decoder'

/** Longer lines are broken into several, so that output without line ends cannot fill the memory. Characters. */
export const MAX_LINE_LENGTH = 16_384

const PIECE = new RegExp(`[^]{1,${MAX_LINE_LENGTH}}`, 'gu')

export interface LineSplitter {
  /** The lines that end within this piece of output. */
  push (chunk: Buffer): string[]
  /** What has come since the last line end; empty when nothing has. */
  partial (): string
  /** The last line, when it had no end. */
  end (): string[]
}

/** Cuts UTF-8 output, which comes in pieces of any size, into lines. */
export function createLineSplitter (): LineSplitter {
  const decoder = new StringDecoder('utf8')
  let partial = ''

  function take (text: string): string[] {
    const lines = (partial + text).split('\n').flatMap(breakLine)
    const [unended = ''] = lines.splice(-1)
    partial = unended
    return lines
  }

  return {
    push: (chunk) => take(decoder.write(chunk)),
    partial: () => partial,
    end: () => {
      const lines = [...take(decoder.end()), partial]
      partial = ''
      return lines.filter((line, index) => line !== '' || index < lines.length - 1)
    },
  }
}

function breakLine (line: string): string[] {
  return line.match(PIECE) ?? ['']
}
