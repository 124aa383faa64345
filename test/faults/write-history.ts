import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GENERATOR_FILE, RUNTIME_FILE } from '../../src/config/pair/files.js'
import { numberedAddress } from '../fixtures/configuration.js'

/**
 * Writers of one configuration number their changes. Each change leaves its number in its fields: `setup` in all of
 * them, `update` in start_block, `note` in the first generator's data, `add` as a generator.
 */
export type Kind = 'setup' | 'update' | 'note' | 'add'

interface Change { kind: Kind, begun: number, done: number }

interface Disk { epoch: number, epochOfGenerators: number, block: number, note: number, added: number[] }

/** Records the begun and answered changes in order. Tells whether the files on disk can be their outcome. */
export function createWriteHistory () {
  let changes = new Map<number, Change>()
  let now = 0

  function begin (id: number, kind: Kind): void {
    changes.set(id, { kind, begun: ++now, done: Infinity })
  }

  function done (id: number): void {
    changes.get(id)!.done = ++now
  }

  /** Describes the fault of the files, if there is one. Their content is where the history goes on from. */
  async function check (folder: string): Promise<string[]> {
    const disk = await readDisk(folder)
    const problems =
      disk === null
        ? ofKind('setup')
          .filter(isAnswered)
          .map(() => 'an answered setup is lost')
        : problemsOf(disk)
    changes = new Map()
    if (disk !== null) {
      for (const id of [disk.epoch, disk.block, disk.note]) changes.set(id, { kind: 'setup', begun: 0, done: 0 })
      for (const id of disk.added) changes.set(id, { kind: 'add', begun: 0, done: 0 })
    }
    return problems
  }

  function problemsOf ({ epoch, epochOfGenerators, block, note, added }: Disk): string[] {
    const adds = [...changes].filter(([, { kind }]) => kind === 'add')
    return [
      ...(epoch === epochOfGenerators
        ? []
        : [`runtime config of setup ${epoch}, generators of setup ${epochOfGenerators}`]),
      ...problemOf('chain_id', epoch, ofKind('setup')),
      ...problemOf('start_block', block, ofKind('setup', 'update')),
      ...problemOf('data', note, ofKind('setup', 'note')),
      ...adds
        .filter(([id, add]) => !added.includes(id) && isAnswered(add) && !mayBeWipedOut(add))
        .map(([id]) => `added generator ${id} is lost`),
      ...added.filter(id => !changes.has(id)).map(id => `generator ${id} was never added`),
      ...adds
        .filter(([id, add]) => added.includes(id) && isWipedOut(add))
        .map(([id]) => `generator ${id} outlived a setup`),
    ]
  }

  /** A value is right if its change was begun. No answered change of the same field may come wholly after it. */
  function problemOf (field: string, id: number, writers: Change[]): string[] {
    const writer = changes.get(id)
    if (writer === undefined) return [`${field} ${id} was never written`]
    return writers.some(other => isAnswered(other) && other.begun > writer.done)
      ? [`${field} ${id} is older than an answered change`]
      : []
  }

  function mayBeWipedOut (add: Change): boolean {
    return ofKind('setup').some(setup => setup.done > add.begun)
  }

  function isWipedOut (add: Change): boolean {
    return ofKind('setup').some(setup => isAnswered(setup) && setup.begun > add.done)
  }

  function ofKind (...kinds: Kind[]): Change[] {
    return [...changes.values()].filter(({ kind }) => kinds.includes(kind))
  }

  return { begin, done, check, underWay: () => [...changes.values()].filter(change => !isAnswered(change)).length }
}

function isAnswered ({ done }: Change): boolean {
  return done < Infinity
}

/** The two files as a generator reads them. */
async function readDisk (folder: string): Promise<Disk | null> {
  const [generatorText, runtimeText] = await Promise.all([GENERATOR_FILE, RUNTIME_FILE].map(async file =>
    await readFile(join(folder, file), 'utf8').catch(() => null)))
  if (generatorText == null && runtimeText == null) return null
  const [first, ...others] = JSON.parse(String(generatorText)).generator_config
  const { chain_id: epoch, start_block: block } = JSON.parse(String(runtimeText)).runtime_config
  if (first.address !== numberedAddress(0)) throw new Error(`The first generator is ${first.address}`)
  return {
    epoch,
    block,
    note: Number(first.data),
    epochOfGenerators: Number(first.supported_markets[0]),
    added: others.map(({ data }: { data: string }) => Number(data)),
  }
}
