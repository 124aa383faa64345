import type { Configuration } from '../../schemas/configuration.js'
import { createMatcher, type Matcher, type SecretText } from './matcher.js'
import { keyTexts, secretTextsIn, secretTextsOf } from './secret-texts.js'

const REDACTED = '[redacted]'
/** Replaced secrets stay secret. The redactor remembers those of this many configurations. */
const CONFIGURATIONS = 16

export type Redactor = ReturnType<typeof createRedactor>

/** Removes known secrets from texts that leave the service. A restart forgets the older ones. */
export function createRedactor () {
  const kept: SecretText[] = []
  const digests = new Set<string>()
  const configurations: { id: string, secrets: SecretText[] }[] = []
  const isKey = (digest: string): boolean => digests.has(digest)
  let matcher = createMatcher([], isKey)
  let readConfiguration: () => Promise<unknown> = async () => {}

  function remember (secrets: SecretText[]): void {
    const id = JSON.stringify(secrets)
    const known = configurations.findIndex(one => one.id === id)
    configurations.push(...known === -1 ? [{ id, secrets }] : configurations.splice(known, 1))
    if (known !== -1) return
    configurations.splice(0, configurations.length - CONFIGURATIONS)
    rebuild()
  }

  function rebuild (): void {
    const secrets = [...kept, ...configurations.flatMap(one => one.secrets)]
    matcher = createMatcher([...new Map(secrets.map(secret => [secret.text, secret])).values()], isKey)
  }

  return {
    redact: (text: string): string => redactWith(matcher, text),
    /** Redacts the last lines of a log. An unfinished last line also loses the beginning of a secret at its end. */
    redactTail: (lines: string[], endsOpen: boolean): string[] => lines.map((line, index) => {
      const redacted = redactWith(matcher, line)
      return endsOpen && index === lines.length - 1 ? redacted.slice(0, matcher.findOpenEnd(redacted)) : redacted
    }),
    lines: () => createLineRedactor(() => matcher),
    /** Learns the secrets of the configuration that is in force now. */
    refresh: async (): Promise<void> => { await readConfiguration().catch(() => {}) },
    /** Sets the function that reads the configuration in force. It must call `learn` for a new one. */
    watch: (read: () => Promise<unknown>): void => { readConfiguration = read },
    learn: (configuration: Configuration): void => remember(secretTextsOf(configuration)),
    /** Learns what looks secret in texts of damaged config files. */
    learnDamaged: (texts: string[]): void => remember(texts.flatMap(secretTextsIn)),
    /** Learns a key of 32 bytes (hex) for good. */
    learnKey (key: string): void {
      kept.push(...keyTexts(key))
      rebuild()
    },
    /** Learns an API key for good by its SHA-256 (hex). */
    learnDigest: (digest: string): void => { digests.add(digest) },
  }
}

/** Redacts lines that arrive in pieces, so that no border hides a secret. A whole line is never held back. */
function createLineRedactor (current: () => Matcher) {
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

function redactWith (matcher: Matcher, text: string): string {
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
