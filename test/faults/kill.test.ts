import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers'
import { setTimeout } from 'node:timers/promises'
import { build } from 'esbuild'
import t, { type Test } from 'tap'
import { createConfigPair } from '../../src/config/pair/pair.js'
import { numberedAddress, setup } from '../fixtures/configuration.js'
import { startService } from '../service-process.js'
import { count } from '../count.js'
import { random } from '../random.js'
import { createWriteHistory, type Kind } from './write-history.js'

const KILLS = count('FAULT_KILLS', 15)
const SERVICE_KILLS = count('FAULT_SERVICE_KILLS', 3)
/** Number of folders that are written and killed side by side. */
const SIDE_BY_SIDE = 2
/** A folder starts anew after this number of kills, so that first setups are killed, too. */
const KILLS_PER_FOLDER = 5
/** The number of a round's first change in each folder. It is above those of all earlier rounds. */
const CHANGES_PER_ROUND = 100_000

/** A bundle of the writer and the built store starts three times as fast. */
const bundle = join(await mkdtemp(join(tmpdir(), 'writer-')), 'store-writer.mjs')
t.teardown(async () => await rm(join(bundle, '..'), { recursive: true, force: true }))
await build({
  entryPoints: [new URL('../fixtures/programs/store-writer.mjs', import.meta.url).pathname],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  // ajv requires its parts.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
})

type History = ReturnType<typeof createWriteHistory>

async function temporaryFolder (t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kill-'))
  t.teardown(async () => await rm(folder, { recursive: true, force: true }))
  return folder
}

/** Kills a process that writes with the real store, at a random instant. Its last lines are the answers that it got. */
async function killWriter (folder: string, first: number, history: History): Promise<number> {
  const child = spawn(process.execPath, [bundle, folder, String(first), String(1 + Math.floor(random() * 2 ** 31))], {
    env: {}, stdio: ['ignore', 'pipe', 'inherit']
  })
  let answers = 0
  // Some kills come before the first change, which takes longer than all others on a busy machine.
  let killAfter: string | null = random() < 0.25 ? 'ready' : 'done'
  const lines = createInterface({ input: child.stdout })
  lines.on('line', line => {
    const [what, id, kind] = line.split(' ')
    if (what === killAfter) delay(() => child.kill('SIGKILL'), random() * 40)
    if (what === killAfter) killAfter = null
    if (what === 'begin') history.begin(Number(id), kind as Kind)
    if (what === 'done') history.done(Number(id))
    if (what === 'done') answers += 1
  })
  const [[, signal]] = await Promise.all([once(child, 'exit'), once(lines, 'close')])
  if (signal !== 'SIGKILL') throw new Error('The writer ended by itself')
  return answers
}

/** The next start removes all remains of a killed writer, except for the state in force. */
async function leftovers (folder: string): Promise<string[]> {
  await createConfigPair({ folder }).removeLeftovers()
  const known = /^(\.current|\.version-[0-9a-f-]{65}|generator_config\.json|runtime_config\.json)$/
  const names = await readdir(folder)
  return names.length > 4 ? names : names.filter(name => !known.test(name))
}

t.test(`${KILLS} kills of a process that writes with the real store`, { timeout: 60_000 + KILLS * 3_000 }, async t => {
  let left = KILLS
  let [answers, underWay] = [0, 0]
  async function killInTurn (): Promise<void> {
    while (left > 0) {
      const folder = await temporaryFolder(t)
      const history = createWriteHistory()
      for (let round = 1; round <= KILLS_PER_FOLDER && left > 0; round++) {
        left -= 1
        answers += await killWriter(folder, round * CHANGES_PER_ROUND, history)
        underWay += history.underWay()
        const problems = await history.check(folder)
        const names = await leftovers(folder)
        if (problems.length > 0 || names.length > 0) t.fail(`kill ${KILLS - left}`, { problems, names })
      }
    }
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, killInTurn))
  t.ok(answers * 5 > KILLS && underWay > KILLS, 'the kills came while changes were written')
  t.comment(`${KILLS} kills, ${answers} changes answered, ${underWay} under way: none lost, never mixed`)
})

const PATHS = {
  setup: ['POST', 'generatorConfigSetup'],
  update: ['PUT', 'updateRuntimeConfig'],
  note: ['PUT', 'updateGeneratorConfig'],
  add: ['POST', 'addNewGenerator'],
} as const

function bodyOf (kind: Kind, id: number): object {
  const first = { address: numberedAddress(0), data: String(id) }
  switch (kind) {
    case 'setup':
      return {
        generator_config: [{ ...first, supported_markets: [String(id)] }],
        runtime_config: { ...setup.runtime_config, chain_id: id, start_block: id },
      }
    case 'update':
      return { start_block: id }
    case 'note':
      return first
    case 'add':
      return { address: numberedAddress(id), data: String(id), supported_markets: ['1'] }
  }
}

/** fetch throws these errors when there is no answer, or only a part of one. */
function isNetworkError (error: unknown): boolean {
  return error instanceof TypeError && (error.message === 'fetch failed' || error.message === 'terminated')
}

t.test(`${SERVICE_KILLS} kills of the whole service`, { timeout: 60_000 + SERVICE_KILLS * 10_000 }, async t => {
  const folder = await temporaryFolder(t)
  const history = createWriteHistory()
  const kinds: Kind[] = ['setup', 'update', 'update', 'note', 'note', 'add', 'add', 'add']
  const answered = new EventEmitter()
  let [id, answers, underWay, key] = [1, 0, 0, '']
  for (let kill = 1; kill <= SERVICE_KILLS; kill++) {
    const service = await startService(t, { folder })
    key ||= (await service.call('POST', '/api/generateApiKey')).body['data']
    service.setApiKey(key)

    /** False if the service was killed before it answered. */
    async function change (kind: Kind): Promise<boolean> {
      const own = id++
      history.begin(own, kind)
      const [method, name] = PATHS[kind]
      // Requests fail once the service is gone. Its answers are answers to single requests.
      const answer = await service.call(method, `/api/${name}`, bodyOf(kind, own)).catch(error => {
        if (service.child.killed && isNetworkError(error)) return null
        throw error
      })
      if (answer === null) return false
      if (answer.status !== 200) throw new Error(`${name} ${answer.status} ${answer.body['code']}`)
      history.done(own)
      answers += 1
      answered.emit('change')
      return true
    }
    async function keepChanging (): Promise<void> {
      while (await change(kinds[Math.floor(random() * kinds.length)]!));
    }

    if (kill === 1) await change('setup')
    // The first ones take longer, because code is loaded for them.
    const changing = Promise.allSettled(Array.from({ length: 4 }, keepChanging))
    if (kill % 4 !== 0) await Promise.race([once(answered, 'change'), changing])
    await setTimeout(random() * 60)
    service.child.kill('SIGKILL')
    t.same(await service.exited, [null, 'SIGKILL'])
    for (const changer of await changing) if (changer.status === 'rejected') t.fail(`kill ${kill}: ${changer.reason}`)
    underWay += history.underWay()
    t.same(await history.check(folder), [], `kill ${kill}`)
  }
  t.ok(answers > 1 && underWay > SERVICE_KILLS, 'the kills came while changes were written')
  t.comment(`${SERVICE_KILLS} kills, ${answers} changes answered, ${underWay} under way: none lost, never mixed`)
})
