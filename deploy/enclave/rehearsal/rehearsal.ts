import type { Narrator } from '../../../tools/demo/narration/narrator.js'
import type { Enclave } from './boot.js'

/** What the parts of the rehearsal are given. */
export interface Rehearsal {
  /** The repository. */
  project: string
  /** The enclave's root file system. */
  root: string
  narrator: Narrator
  signal: AbortSignal
  /** One numbered step: `work` gives its outcome, or throws. */
  step (title: string, work: () => Promise<string>): Promise<void>
  boot (options: { entryPoint: string, variables: string[] }): Promise<Enclave>
  /** What is to be done at the end, last come first. */
  defer (undo: () => Promise<void>): void
}
