import type { Configuration } from '../../schemas/configuration.js'
import { createLineRedactor, type LineRedactor, redactWith } from './line-redactor.js'
import { createMatcher, type SecretText } from './matcher.js'
import { keyTexts, secretTextsIn, secretTextsOf } from './secret-texts.js'

/** Replaced secrets stay secret. The redactor remembers those of this many configurations. */
const CONFIGURATIONS = 16

/**
 * Removes known secrets from texts that leave the service. It knows them in memory only. A restart forgets the older
 * ones.
 */
export interface Redactor {
  /** Replaces each secret by `[redacted]`. */
  redact (text: string): string
  /** Redacts the last lines of a log. An unfinished last line also loses the beginning of a secret at its end. */
  redactTail (lines: string[], endsOpen: boolean): string[]
  /** Redacts lines that arrive in pieces. */
  lines (): LineRedactor
  /** Learns the secrets of the configuration that is in force now. */
  refresh (): Promise<void>
  /** Sets the function that reads the configuration in force. It must call `learn` for a new one. */
  watch (read: () => Promise<unknown>): void
  /** Learns the secrets of a configuration. */
  learn (configuration: Configuration): void
  /** Learns what looks secret in texts of damaged config files. */
  learnDamaged (texts: string[]): void
  /** Learns a key of 32 bytes (hex) for good. */
  learnKey (key: string): void
  /** Learns an API key for good by its SHA-256 (hex). */
  learnDigest (digest: string): void
}

export function createRedactor (): Redactor {
  const kept: SecretText[] = []
  const digests = new Set<string>()
  const configurations: { id: string, secrets: SecretText[] }[] = []
  let matcher = createMatcher([], isKey)
  let readConfiguration: () => Promise<unknown> = async () => {}

  function isKey (digest: string): boolean {
    return digests.has(digest)
  }

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

  function redactTail (lines: string[], endsOpen: boolean): string[] {
    return lines.map((line, index) => {
      const redacted = redactWith(matcher, line)
      return endsOpen && index === lines.length - 1 ? redacted.slice(0, matcher.findOpenEnd(redacted)) : redacted
    })
  }

  return {
    redact: text => redactWith(matcher, text),
    redactTail,
    lines: () => createLineRedactor(() => matcher),
    refresh: async () => { await readConfiguration().catch(() => {}) },
    watch: read => { readConfiguration = read },
    learn: configuration => remember(secretTextsOf(configuration)),
    learnDamaged: texts => remember(texts.flatMap(secretTextsIn)),
    learnKey (key) {
      kept.push(...keyTexts(key))
      rebuild()
    },
    learnDigest: digest => { digests.add(digest) },
  }
}
