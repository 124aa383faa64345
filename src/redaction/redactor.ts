import type { Configuration } from '../../schemas/configuration.js'
import { createLineRedactor, type LineRedactor, redactWith } from './line-redactor.js'
import { createMatcher, type SecretText } from './matcher.js'
import { keyTexts, secretTextsIn, secretTextsOf } from './secret-texts.js'

/** Secrets that were replaced stay secret: those of so many configurations are known. */
const CONFIGURATIONS = 16

/** Takes the secrets that the service knows out of texts that leave it. They are known in memory only: a restart forgets the older ones. */
export interface Redactor {
  /** The text with `[redacted]` in place of each secret. */
  redact (text: string): string
  /** The last lines of a log. Where the last one is unfinished, the beginning of a secret at its end is left out, too. */
  redactTail (lines: string[], endsOpen: boolean): string[]
  /** For lines that come in pieces. */
  lines (): LineRedactor
  /** Makes the secrets of the configuration known that is in force now. */
  refresh (): Promise<void>
  /** Tells how to read the configuration in force, which calls `learn` where it is new. */
  watch (read: () => Promise<unknown>): void
  /** Makes the secrets of a configuration known. */
  learn (configuration: Configuration): void
  /** Makes known what is secret in config files that cannot be used, as far as it can be told from their texts. */
  learnDamaged (texts: string[]): void
  /** Makes a key of 32 bytes known for good, hex. */
  learnKey (key: string): void
  /** Makes an API key known for good by its SHA-256, hex. */
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
