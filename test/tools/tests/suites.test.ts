import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { CONTRACT, filesOf, SUITES, suiteOf } from '../../../tools/tests/suites.js'
import { projectFolder } from '../../project.js'

const root = projectFolder()
const sources = (await readdir(join(root, 'test'), { recursive: true })).map(name => `test/${name}`)
const tests = sources.filter(name => name.endsWith('.test.ts'))

t.test('every test is in one suite, and every suite has tests', async t => {
  const sizes = Object.keys(SUITES).map(
    name =>
      [
        name,
        filesOf(
          [name], sources.filter(file => file.endsWith('.ts'))
        ).length,
      ] as const
  )
  t.same(sizes.filter(([, size]) => size === 0), [])
  t.same(filesOf(Object.keys(SUITES), tests), tests)
  t.equal(
    filesOf([CONTRACT], tests).length +
      filesOf(
        Object.keys(SUITES).filter(name => name !== CONTRACT), tests
      ).length,
    tests.length
  )
})

t.test('every path of a suite is there, and no other suite names it', async t => {
  const paths = Object.values(SUITES).flatMap(suite => suite.paths)
  t.same(new Set(paths).size, paths.length)
  for (const path of paths) await t.resolves(stat(join(root, path)), path)
})

t.test('the contract has the tests of each room, and no test that takes long', async t => {
  for (const name of [
    'access', 'chain', 'config', 'enclave', 'http', 'operator', 'plugins', 'readiness', 'routes', 'supervisor'
  ]) {
    t.ok(filesOf([CONTRACT], tests).some(file => file.startsWith(`test/${name}/`)), name)
  }
  t.equal(suiteOf('test/supervisor/contract/embedded.test.ts'), CONTRACT)
  t.equal(suiteOf('test/supervisor/contract/ctl-go.test.ts'), 'supervisors')
  t.equal(suiteOf('test/of/a/new/room.test.ts'), CONTRACT)
  t.throws(() => suiteOf('tests/misplaced.test.ts'), {
    message: 'tests/misplaced.test.ts is in no suite: tools/tests/suites.ts lists them',
  })
})

t.test('every count of a suite is one that its tests read', async t => {
  for (const [name, { full = {} }] of Object.entries(SUITES)) {
    const folders = filesOf([name], tests).map(file => file.slice(0, file.lastIndexOf('/')))
    const texts = await Promise.all(
      sources
        .filter(file => file.endsWith('.ts') && folders.some(folder => file.startsWith(`${folder}/`)))
        .concat('test/supervisor/real/daemon.ts')
        .map(async file => await readFile(join(root, file), 'utf8'))
    )
    for (const variable of Object.keys(full)) t.ok(texts.some(text => text.includes(variable)), `${name}: ${variable}`)
  }
})
