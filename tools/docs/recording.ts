/** Pixels of the picture. */
const WIDTH = 900
const LINE = 18
const MARGIN = 16
/** Columns that fit into the picture. */
const COLUMNS = 104
/** Seconds from one line to the next. */
const PACE = 0.15

const COLOURS = { title: '#e6edf3', done: '#3fb950' }

/** A picture of the demo's output, which appears line by line: each step's title and its tick. `page` has the output as a text block. */
export function drawRecording (page: string): string {
  const [, output = ''] = /\n```text\n([^`]*)```\n/.exec(page) ?? []
  const lines = output.split('\n').filter(line => /^(\d+\.| {3}✓|All as) /.test(line))
  const height = lines.length * LINE + 2 * MARGIN
  const texts = lines.map((line, index) => {
    const colour = line.includes('✓') || line.startsWith('All') ? COLOURS.done : COLOURS.title
    const text = line.length > COLUMNS ? `${line.slice(0, COLUMNS - 1)}…` : line
    const style = `fill="${colour}" style="animation-delay:${(index * PACE).toFixed(2)}s"`
    return `<text x="${MARGIN}" y="${MARGIN + (index + 0.8) * LINE}" ${style}>${escape(text)}</text>`
  })
  const size = `viewBox="0 0 ${WIDTH} ${height}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="The output of npm run demo">
<style>
text { font: 13px ui-monospace, Menlo, Consolas, monospace; white-space: pre; animation: appear 0.2s both }
@keyframes appear { from { opacity: 0.2 } }
@media (prefers-reduced-motion: reduce) { text { animation: none } }
</style>
<rect width="${WIDTH}" height="${height}" rx="8" fill="#0d1117"/>
${texts.join('\n')}
</svg>
`
}

function escape (text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
