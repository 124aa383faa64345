import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Script } from 'node:vm'
import t, { type Test } from 'tap'
import { bundleService } from '../../../tools/packaging/bundle.js'
import { until } from '../../supervisor/real/processes.js'

const SERVICE = `console.log('answer', Number(await Promise.resolve(41)) + 1)
process.stdin.on('data', () => process.exit()).resume()
export {}
`

/** Bundles SERVICE. `run` starts it, ends it after `during`, and returns its output. */
async function setUp (t: Test) {
  const folder = await mkdtemp(join(tmpdir(), 'generator-client-launcher-'))
  t.teardown(async () => await rm(folder, { recursive: true }))
  const out = join(folder, 'out')
  await mkdir(out)
  await writeFile(join(folder, 'service.ts'), SERVICE)
  await bundleService({ source: join(folder, 'service.ts'), folder: out })
  const files = async () => (await readdir(out)).sort()

  async function run (during: () => Promise<unknown> = async () => {}): Promise<string> {
    const child = spawn(process.execPath, [join(out, 'service.cjs')], { stdio: ['pipe', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', chunk => { output += chunk })
    const closed = once(child, 'close')
    await during()
    child.stdin.end('end')
    t.same(await closed, [0, null])
    return output
  }

  /** Throws an Error if V8 rejects the file. */
  async function loadKept (name: string): Promise<void> {
    const [file, source] = await Promise.all([
      readFile(join(out, name)), readFile(join(out, 'service.bundle.js'), 'latin1'),
    ])
    if (new Script(source, {
      cachedData: file.subarray(32)
    }).cachedDataRejected === true) throw new Error(`V8 rejects ${name}`)
  }
  return { folder: out, files, run, loadKept }
}

const isKept = (name: string) => name.endsWith('.cache')

t.test('a service keeps its compiled code, and starts from it', async t => {
  const { folder, files, run, loadKept } = await setUp(t)
  t.same(await files(), ['service.bundle.js', 'service.cjs'])
  t.equal(await run(async () => await until('it is kept', async () => (await files()).some(isKept))), 'answer 42\n')
  const name = (await files()).find(isKept)!
  t.match(name, new RegExp(`^service\\.bundle\\.js\\.[0-9a-f]{16}\\.${process.version}\\.cache$`))
  await loadKept(name)
  const whole = await readFile(join(folder, name))
  t.equal(await run(), 'answer 42\n')

  // V8 alone would run code with such a bit.
  const damaged = Buffer.from(whole)
  damaged[whole.length - 9]! ^= 1
  await writeFile(join(folder, name), damaged)
  const isNew = async () => !(await readFile(join(folder, name))).equals(damaged)
  t.equal(await run(async () => await until('it is made anew', isNew)), 'answer 42\n')
  await loadKept(name)
  t.same(await files(), ['service.bundle.js', name, 'service.cjs'])
})

t.test('the service goes on if the file cannot be written', async t => {
  const { folder, files, run } = await setUp(t)
  const digest = /"([0-9a-f]{16})"/.exec(await readFile(join(folder, 'service.cjs'), 'utf8'))![1]
  const name = `service.bundle.js.${digest}.${process.version}.cache`
  await mkdir(join(folder, name, 'in-the-way'), { recursive: true })
  let hasTried = false
  const watcher = watch(folder, (_event, file) => { hasTried ||= file?.startsWith(`${name}.`) === true })
  t.teardown(() => watcher.close())
  t.equal(
    await run(async () => await until('it has tried', async () => hasTried && (await files()).length === 3)),
    'answer 42\n'
  )
  t.same(await files(), ['service.bundle.js', name, 'service.cjs'])
})
