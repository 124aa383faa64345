import t from 'tap'
import { fillSections, table } from '../../../tools/docs/markdown.js'
import { describeOperations } from '../../../tools/docs/operations.js'
import { drawRecording } from '../../../tools/docs/recording.js'
import { roomTable } from '../../../tools/docs/rooms.js'

const PAGE = 'Before\n<!-- generated: one -->\nold\n<!-- end -->\nAfter\n'

t.test('a section replaces what stood in its place', async t => {
  t.equal(fillSections(PAGE, { one: 'new' }), 'Before\n<!-- generated: one -->\nnew\n<!-- end -->\nAfter\n')
})

t.test('a place without a section, and a section without a place, are errors', async t => {
  t.throws(() => fillSections(PAGE, {}), { message: 'Nothing generates the section one' })
  t.throws(() => fillSections(PAGE, { one: '', two: '' }), { message: 'The page has no place for two' })
})

t.test('a pipe does not end a cell', async t => {
  t.equal(table(['A', 'B'], [['x|y', 'z']]), '| A | B |\n|---|---|\n| x\\|y | z |')
})

t.test('an operation without a body and a parameter', async t => {
  const content = { 'application/json': { schema: {}, examples: { done: { value: null } } } }
  const operation = {
    operationId: 'nothing', summary: 'Do nothing', tags: ['Tag'], security: [], responses: { 200: { content } }
  }
  t.match(
    describeOperations({ paths: { '/nothing': { get: operation } } }),
    '#### nothing\n\n`GET /nothing` (no API key)\n\nDo nothing.\n\n```text\ncurl -s "$ENDPOINT/nothing"\n```\n\n```json\nnull\n```'
  )
})

t.test('a room without a purpose or a rule is an error', async t => {
  t.throws(() => roomTable([{ comment: 'src/cellar may import from itself, from src/errors.' }]), {
    message: 'tools/docs/rooms.ts does not say what src/cellar is for',
  })
  t.throws(() => roomTable([]), { message: '.dependency-cruiser.cjs does not say what routes may import' })
})

t.test('a page without output makes an empty picture, and a long line is cut', async t => {
  t.notMatch(drawRecording('# Demo\n'), '<text ')
  const picture = drawRecording(`\n\`\`\`text\n1. ${'<'.repeat(200)}\n\`\`\`\n`)
  t.match(picture, `>1. ${'&lt;'.repeat(100)}…</text>`)
})
