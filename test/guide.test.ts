import { execFile } from 'node:child_process'
import { access, readdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { Environment } from '../schemas/environment.js'
import { FINDINGS } from '../src/chain/checks/findings.js'
import { ERRORS } from '../src/errors.js'
import { OTHER_SECTIONS, SECTION_KEYS } from '../src/supervisor/embedded/conf/keys.js'
import { BENCHMARKS } from '../tools/bench/benchmarks.js'
import { guidePages, readText } from '../tools/docs/files.js'
import { renderPages } from '../tools/docs/pages.js'
import { SUITES } from '../tools/tests/suites.js'
import { readGuide, walkGuide } from './guide-walk.js'
import { startService } from './service-process.js'

const PROJECT = join(import.meta.dirname, '..')
const LONGEST_README = 150
const pages = new Map(await Promise.all([
  ...await guidePages(), 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'
].map(async path => [path, await readText(path)] as const)))
const run = promisify(execFile)

/** Rows of a page's table with the given header, cell by cell. */
function table (page: string, ...header: string[]): string[][] {
  const [, rows = ''] = pages.get(page)!.split(`| ${header.join(' | ')} |\n|${header.map(() => '---|').join('')}\n`)
  return rows.split(/\n(?!\|)/, 1)[0]!.trim().split('\n').map(row => row.slice(2, -2).split(' | '))
}

t.test('every generated page is current', async t => {
  for (const [path, text] of await renderPages()) t.equal(await readText(path), text, `${path}: npm run docs writes it`)
})

t.test('the README is one page', async t => {
  t.ok(pages.get('README.md')!.split('\n').length <= LONGEST_README + 1)
})

t.test('every relative link and every anchor leads somewhere', async t => {
  let links = 0
  for (const [path, text] of pages) {
    for (const [, target = ''] of withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      links += 1
      const [file = '', anchor] = target.split('#')
      const linked = file === '' ? path : relative(PROJECT, join(PROJECT, dirname(path), file))
      await t.resolves(access(join(PROJECT, linked)), `${path}: ${target}`)
      if (anchor !== undefined) t.ok(anchors(pages.get(linked) ?? '').has(anchor), `${path}: ${target}`)
    }
  }
  t.ok(links > 60, `${links} links`)
})

t.test('every source file that a page or a comment names exists', async t => {
  const sources = (
    await Promise.all(['src', 'plugins', 'routes', 'schemas', 'operator', 'tools', 'deploy', 'test'].map(sourcesIn))
  ).flat()
  const texts = new Map(pages)
  for (const path of sources) texts.set(path, comments(await readText(path)))
  let names = 0
  for (const [path, text] of texts) {
    for (const [, name = ''] of text.matchAll(/(?<![\w/.])([\w-]+(?:\/[\w-]+)*\.ts)\b/g)) {
      names += 1
      t.ok(sources.some(source => source === name || source.endsWith(`/${name}`)), `${path}: ${name}`)
    }
  }
  t.ok(names > 60, `${names} names`)
})

async function sourcesIn (folder: string): Promise<string[]> {
  const entries = await readdir(join(PROJECT, folder), { recursive: true })
  return entries.filter(name => name.endsWith('.ts')).map(name => `${folder}/${name}`)
}

function comments (source: string): string {
  return [...source.matchAll(/\/\*\*[^]*?\*\/|(?<=^|\s)\/\/ .*/g)].map(([comment]) => comment).join('\n')
}

function withoutCode (text: string): string {
  return text.replaceAll(/```[^]*?```/g, '')
}

/** GitHub makes these anchors from headings. */
function anchors (text: string): Set<string> {
  return new Set([
    ...withoutCode(text).matchAll(/^#+ (.*)$/gm)
  ].map(([, title = '']) => title.toLowerCase().replaceAll(/[^\p{L}\p{N}\- ]/gu, '').replaceAll(' ', '-')))
}

t.test('every page is in the README\'s table', async t => {
  const readme = pages.get('README.md')!
  for (const path of pages.keys()) if (path.startsWith('docs/')) t.ok(readme.includes(`(${path})`), path)
})

t.test('the table of codes is the catalogue', async t => {
  t.same(table('docs/troubleshooting.md', 'Code', 'Status', 'Meaning', 'What to do').map(cells => cells.slice(0, 3)),
    Object.entries(ERRORS).map(([code, { statusCode, meaning }]) => [code, String(statusCode), meaning]))
})

t.test('the table of variables is the schema', async t => {
  t.same(table('docs/configuration.md', 'Name', 'Default', 'Meaning'),
    Object.entries(Environment.properties).map(([name, { default: value, description }]) => [
      name, String(value ?? 'unset'), description
    ]))
})

t.test('the table of findings is the catalogue', async t => {
  t.same(
    table('docs/api.md', 'Finding', 'Result', 'Meaning'),
    Object.entries(FINDINGS).map(([word, { result, meaning }]) => [word, result, meaning])
  )
})

t.test('the table of conf files is the catalogue of their keys', async t => {
  const codes = (names: readonly string[]) => names.map(name => `\`${name}\``).join(', ') || '–'
  const section = (name: string) => `\`[${name}${['program', 'group'].includes(name) ? ':x' : ''}]\``
  t.same(table('docs/supervisors.md', 'Section', 'Honoured', 'Warning', 'Refused'), [
    ...Object.entries(SECTION_KEYS).map(([name, { honoured, unused, refused }]) => [
      section(name), codes(honoured), codes(unused), codes(Object.keys(refused))
    ]),
    ...OTHER_SECTIONS.map(({ name, verdict }) => [
      section(name), '–', ...verdict === 'warning' ? ['the section', '–'] : ['–', 'the section']
    ]),
  ])
})

t.test('every script, suite and benchmark that the guide names is there', async t => {
  const { scripts } = JSON.parse(await readText('package.json'))
  const text = [...pages.values()].join('')
  const kinds: [RegExp, number, Readonly<Record<string, unknown>>][] = [
    [/npm run ([\w:-]+)/g, 10, scripts],
    [/npm run test:full -- ([a-z-]+)/g, 8, SUITES],
    [/npm run bench -- ([a-z-]+)/g, 8, BENCHMARKS],
  ]
  for (const [pattern, fewest, known] of kinds) {
    const named = new Set([...text.matchAll(pattern)].map(([, name = '']) => name))
    t.ok(named.size >= fewest, `${named.size} of ${pattern.source}`)
    t.same([...named].filter(name => known[name] === undefined), [])
  }
})

t.test('every promise has a command that shows it, and the tests that it names are there', async t => {
  for (const [promise = '', shownBy = ''] of table('docs/promises.md', 'Promise', 'Shown by', 'How often')) {
    t.match(shownBy, /`(?:[A-Z_]+=\S+ )*np(?:m run [\w:-]+|x tap --disable-coverage test\/)/, promise)
    for (const [path = ''] of shownBy.matchAll(/test\/[\w/.-]+/g)) await t.resolves(access(join(PROJECT, path)), path)
  }
})

const hasCurl = await run('curl', ['--version']).then(() => true, () => false)

t.test('the commands answer what the guide says', { skip: !hasCurl && 'this machine has no curl' }, async t => {
  const service = await startService(t, {
    folder: t.testdir(), variables: { SUPERVISORD_CONF: join(PROJECT, 'supervisord/supervisord.conf') }
  })
  let steps = 0
  for await (const { command, answer, documented } of walkGuide({
    guide: await readGuide(PROJECT), endpoint: service.url
  })) {
    t.equal(answer, documented, command)
    steps += 1
  }
  t.ok(steps > 15, `${steps} commands`)
})
