import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Redactor } from '../../../redaction/redactor.js'
import { cleanLine } from '../../clean-lines.js'
import type { FollowOptions, Log, LogBatch } from '../../supervisor.js'
import type { LogConfiguration } from '../conf/program.js'
import { createByteRing } from './byte-ring.js'
import { createLineBlocks, type LineBlocks, readableLines } from './line-blocks.js'
import { createLineFeed } from './line-feed.js'
import { createLogFile } from './log-file.js'
import { createLogWriter } from './log-writer.js'

const RING_BYTES = 1024 ** 2
/** Followers get the output of this time together, because each batch wakes all of them. */
const BATCH_MS = 10

/**
 * The log of one stream of a program, over all its runs. It keeps the newest output in memory, and the file if there is
 * one, as it was written. Only for readers it becomes clean and loses its secrets.
 */
export function createStreamLog ({ configuration, redactor, log }: {
  configuration: LogConfiguration, redactor: Redactor, log: Log
}) {
  const { file } = configuration
  const ring = createByteRing({ size: RING_BYTES })
  const feed = createLineFeed()
  /** Marks the positions, which hold for this life of the service only. */
  const life = randomBytes(4).toString('hex')
  const running = new Set<LineBlocks>()
  const logFile = file === null ? null : createLogFile({ ...configuration, file })
  const readable = (lines: Buffer): string => readableLines(lines, redactor).map(line => `${line}\n`).join('')
  const writer = logFile === null ? null : createLogWriter({ file: String(file), logFile, readable, log })
  let published = 0
  let timer: NodeJS.Timeout | null = null

  function keep (block: Buffer): void {
    ring.push(block)
    if (timer === null && feed.hasReaders()) timer = setTimeout(publish, BATCH_MS)
  }

  /** Hands the output since the last call to all followers. */
  function publish (): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const from = published
    published = ring.endPosition()
    if (!feed.hasReaders() || from === published) return
    const { start, block } = ring.since(from)
    if (start > from) feed.publish({ notice: 'gap' }, 0)
    feed.publish(batchOf(start, block), block.length)
  }

  function batchOf (start: number, block: Buffer): LogBatch {
    const positions: string[] = []
    for (let at = block.indexOf('\n'); at !== -1; at = block.indexOf('\n', at + 1)) positions.push(`${life}-${start + at + 1}`)
    return { lines: readableLines(block, redactor), positions }
  }

  /** Returns the batches that a follower gets before new output. */
  function past ({ lines = 0, after }: Omit<FollowOptions, 'stream' | 'signal'>): LogBatch[] {
    const [, ofLife, position] = /^([0-9a-f]{8})-(\d{1,15})$/.exec(after ?? '') ?? []
    const wanted = after === undefined ? ring.startOfLast(lines) : ofLife === life ? Number(position) : 0
    const { start, block } = ring.since(wanted)
    const isGap = after !== undefined && (start !== wanted || ofLife !== life)
    return [...isGap ? [{ notice: 'gap' } as const] : [], ...block.length > 0 ? [batchOf(start, block)] : []]
  }

  /**
   * Takes in a run's output until its pipe ends. Never throws, and never lets the pipe wait for a disk or a reader. Also
   * gives whole lines to `onBlock`, as they were written.
   */
  async function consume (output: Readable, onBlock: (block: Buffer) => void): Promise<void> {
    // The program reads the configuration at its start, and may print it.
    await redactor.refresh()
    let ended: Buffer[] = []
    const blocks = createLineBlocks({
      redactor,
      onBlock (block) {
        ended.push(block)
        keep(block)
        onBlock(block)
      },
    })
    running.add(blocks)
    output.on('data', (chunk: Buffer) => {
      blocks.push(chunk)
      writer?.push({ chunk, lines: ended })
      ended = []
    })
    await finished(output).catch(error => log.info({ err: error }, 'a program\'s output was closed'))
    blocks.end()
    running.delete(blocks)
    await writer?.finish(ended)
  }

  async function tail (lines: number): Promise<string[]> {
    const written = await logFile?.tail(lines).catch(() => null) ?? null
    if (written !== null) return redactor.redactTail(written.lines.map(cleanLine), written.endsOpen)
    const whole = readableLines(ring.since(ring.startOfLast(lines)).block, redactor)
    const unfinished = [...running].map(blocks => blocks.partial()).filter(line => line !== '')
    const found = [...whole, ...unfinished.flatMap(line => redactor.redactTail([line], true))]
    return lines > 0 ? found.slice(-lines) : []
  }

  function follow ({ signal, ...from }: Omit<FollowOptions, 'stream'>): AsyncIterable<LogBatch> {
    // Output that waits to be published is in the past of this follower.
    publish()
    const first = past(from)
    published = ring.endPosition()
    return feed.follow(first, signal)
  }

  async function close (): Promise<void> {
    publish()
    feed.end()
    await logFile?.close().catch(({ code }: NodeJS.ErrnoException) => log.warn({ file, code }, 'the program\'s log file could not be closed'))
  }

  return { consume, tail, follow, close }
}
