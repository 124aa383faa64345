const NEWLINE = 0x0a

/** Keeps the newest `size` bytes of a log. Drops a line that it would cut: the rest may begin within a secret. */
export function createByteRing ({ size }: { size: number }) {
  let bytes: Buffer | null = null
  let end = 0

  /** Takes in whole lines. */
  function push (block: Buffer): void {
    bytes ??= Buffer.alloc(size)
    const kept = block.subarray(Math.max(0, block.length - size))
    end += block.length
    const at = (end - kept.length) % size
    const first = kept.copy(bytes, at)
    kept.copy(bytes, 0, first)
  }

  function read (start: number): Buffer {
    if (bytes === null || start === end) return Buffer.alloc(0)
    const from = start % size
    const until = from + end - start
    return until <= size
      ? Buffer.from(bytes.subarray(from, until))
      : Buffer.concat([bytes.subarray(from), bytes.subarray(0, until - size)])
  }

  /** Returns the whole lines from a position on. `start` is later than the position when older lines are gone. */
  function since (position: number): { start: number, block: Buffer } {
    if (position >= end - size) return { start: Math.min(position, end), block: read(Math.min(position, end)) }
    const block = read(end - size)
    const cut = block.indexOf(NEWLINE) + 1 || block.length
    return { start: end - size + cut, block: block.subarray(cut) }
  }

  /** Returns the position at which the last lines begin. */
  function startOfLast (lines: number): number {
    const { start, block } = since(0)
    let at = block.length
    for (let found = 0; found < lines && at > 0; found++) at = at < 2 ? 0 : block.lastIndexOf(NEWLINE, at - 2) + 1
    return start + at
  }

  return {
    push,
    since,
    startOfLast,
    /** Returns how many bytes have come so far. */
    endPosition: () => end,
  }
}
