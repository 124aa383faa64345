import type { Narrator } from '../../../tools/demo/narration/narrator.js'
import type { Enclave } from './boot.js'

/** The parameters that every part of the rehearsal receives. */
export interface Rehearsal {
  /** The repository's folder. */
  project: string
  /** The enclave's root file system. */
  root: string
  narrator: Narrator
  signal: AbortSignal
  /** Runs one numbered step. `work` returns its outcome, or throws. */
  step (title: string, work: () => Promise<string>): Promise<void>
  boot (options: { entryPoint: string, variables: string[] }): Promise<Enclave>
  /** Registers work for the end. The last one runs first. */
  defer (undo: () => Promise<void>): void
}
