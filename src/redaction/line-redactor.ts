import type { Matcher } from './matcher.js'

const REDACTED = '[redacted]'

/** Redacts lines that arrive in pieces, so that no border hides a secret. A whole line is never held back. */
export function createLineRedactor (current: () => Matcher) {
  let held = ''

  return {
    /** Redacts a line, or a piece of one that `goesOn`. The end of such a piece may come with the next one. */
    push (text: string, goesOn: boolean): string {
      const matcher = current()
      const whole = held + text
      const border = goesOn ? borderIn(matcher, whole) : whole.length
      held = whole.slice(border)
      return redactWith(matcher, border === whole.length ? whole : whole.slice(0, border))
    },
    /** Prepends what is held back to more text of the same line. */
    withHeld: (more: string) => held + more,
  }
}

/** Finds the border behind which a secret could begin that ends in the next piece. */
function borderIn (matcher: Matcher, text: string): number {
  const border = Math.max(0, text.length - matcher.longest + 1)
  const crossing = matcher.find(text).find(({ found, end }) => found < border && end > border)
  if (crossing === undefined) return border
  return crossing.found > 0 ? crossing.found : crossing.end
}

export function redactWith (matcher: Matcher, text: string): string {
  const spans = matcher.find(text)
  if (spans.length === 0) return text
  let redacted = ''
  let shown = 0
  for (const { start, end } of spans) {
    redacted += `${text.slice(shown, start)}${REDACTED}`
    shown = end
  }
  return redacted + text.slice(shown)
}
