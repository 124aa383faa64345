import type { Nsm } from '../../../test/fixtures/hosts/nsm.js'
import type { Narrator } from '../../../tools/demo/narration/narrator.js'
import type { Enclave } from './machine/boot.js'

/** The parameters that every part of the rehearsal receives. */
export interface Rehearsal {
  /** The repository's folder. */
  project: string
  /** For everything of the rehearsal. */
  folder: string
  /** The enclave's root file system. */
  root: string
  /** Signs the documents of all enclaves. */
  nsm: Nsm
  narrator: Narrator
  signal: AbortSignal
  /** Runs one numbered step. `work` returns its outcome, or throws. */
  step (title: string, work: () => Promise<string>): Promise<void>
  boot (options: Boot): Promise<Enclave>
  /** Registers work for the end. The last one runs first. */
  defer (undo: () => Promise<void>): void
}

export interface Boot {
  root: string
  entryPoint: string[]
  variables: string[]
  /** The identity that its documents show. */
  pcrs: Readonly<Record<string, string>>
}
