import { test } from 'tap'
import { cleanLine } from '../../src/supervisor/clean-lines.js'
import { cpuMs } from '../fixtures/cpu-time.js'

const ESCAPE = String.fromCharCode(0x1b)

for (const [what, raw, clean] of [
  ['plain text', 'proof 1 of 2\t(fast) – ok ✓', 'proof 1 of 2\t(fast) – ok ✓'],
  ['colours', `${ESCAPE}[1;31merror${ESCAPE}[0m: x`, 'error: x'],
  ['eight-bit control sequences', '\u009b31merror', 'error'],
  ['cursor movements', `${ESCAPE}[2K${ESCAPE}[1G10%`, '10%'],
  ['a window title', `${ESCAPE}]0;title\u0007text`, 'text'],
  ['a link', `${ESCAPE}]8;;https://example.com${ESCAPE}\\link${ESCAPE}]8;;${ESCAPE}\\`, 'link'],
  ['an unterminated title keeps its text', `${ESCAPE}]0;title`, '0;title'],
  ['a device control string', `${ESCAPE}Pq#0${ESCAPE}\\x`, 'x'],
  ['character sets and resets', `${ESCAPE}(B${ESCAPE}cx`, 'x'],
  ['a lone escape at the end', `x${ESCAPE}`, 'x'],
  ['carriage return, NUL, DEL, C1', 'a\rb\u0000c\u007fd\u0085e', 'abcde'],
  ['line separators', 'a\u2028b\u2029c', 'abc'],
  ['half a surrogate pair', 'a\ud83d', 'a\ufffd'],
] as const) {
  test(what, async (t) => {
    t.equal(cleanLine(raw), clean)
  })
}

test('time does not explode on hostile lines', async (t) => {
  const before = cpuMs()
  for (const part of [`${ESCAPE}]`, `${ESCAPE}[`, '\u009b', `${ESCAPE}P0`, `${ESCAPE}[;;;`]) {
    cleanLine(part.repeat(16_384))
  }
  t.ok(cpuMs() - before < 5_000)
})
