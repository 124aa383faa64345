import { styleText } from 'node:util'
import { cut } from './shorten.js'

export interface Narrator {
  say (text: string): void
  /** Begins a numbered step. */
  step (title: string): void
  /** Shows the request and the answer of a step. */
  sent (text: string): void
  received (text: string): void
  succeeded (text: string): void
  failed (text: string): void
  /** Shows on a terminal that the demo waits, and how long. */
  during<Result> (what: string, work: Promise<Result>): Promise<Result>
}

type Style = Parameters<typeof styleText>[0]

const FRAMES = [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏']
const FRAME_MS = 100
/** A wrapped line cannot be cleared. Few terminals have fewer than 80 columns. */
const LONGEST_PROGRESS = 60
const CLEAR_LINE = '\r\x1b[2K'

/** Tells the story on `output`. A terminal gets colours and a progress line, everything else plain lines. */
export function createNarrator ({ output, isTerminal, hasColour }: {
  output: Pick<NodeJS.WritableStream, 'write'>, isTerminal: boolean, hasColour: boolean
}): Narrator {
  let steps = 0
  const styled = (style: Style, text: string) => hasColour ? styleText(style, text, { validateStream: false }) : text
  const say = (text: string) => { output.write(`${text}\n`) }

  async function during<Result> (what: string, work: Promise<Result>): Promise<Result> {
    if (!isTerminal) return await work
    const startedAt = performance.now()
    const draw = () => {
      const elapsed = performance.now() - startedAt
      const frame = FRAMES[Math.floor(elapsed / FRAME_MS) % FRAMES.length]
      output.write(`${CLEAR_LINE}   ${frame} ${cut(what, LONGEST_PROGRESS)}, ${(elapsed / 1000).toFixed(1)} s`)
    }
    draw()
    const timer = setInterval(draw, FRAME_MS)
    try {
      return await work
    } finally {
      clearInterval(timer)
      output.write(CLEAR_LINE)
    }
  }

  return {
    say,
    step: title => say(`\n${styled('bold', `${++steps}. ${title}`)}`),
    sent: text => say(`   ${styled('cyan', '→')} ${text}`),
    received: text => say(`   ${styled('cyan', '←')} ${text}`),
    succeeded: text => say(`   ${styled('green', '✓')} ${text}`),
    failed: text => say(`   ${styled('red', '✗')} ${text}`),
    during,
  }
}
