import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { addGenerator, setUp, updateGenerator, updateRuntime } from '../../src/config/changes.js'
import { createConfigPair } from '../../src/config/pair.js'
import { type Change, createConfigurationStore } from '../../src/config/store.js'
import { failingFiles } from '../fixtures/failing-files.js'
import { numberedAddress, numberedGenerator, SECRET, setup } from '../fixtures/configuration.js'
import { build, snapshot } from '../helper.js'
import { cannotMount } from '../rights.js'

const CODES = ['ENOSPC', 'EIO', 'EROFS', 'EMFILE']
const CHANGES: Record<string, Change> = {
  setup: () => setUp({ ...setup, generator_config: [numberedGenerator(7)] }, SECRET),
  update: current => updateRuntime(current(), { start_block: 99 }),
  add: current => addGenerator(current(), numberedGenerator(2), SECRET),
  change: current => updateGenerator(current(), { address: numberedAddress(1), data: 'other' }),
}

t.test('every file call of every change, failed with every code', async t => {
  const folder = t.testdir()
  const store = () => createConfigurationStore({ pair: createConfigPair({ folder }) })
  let faults = 0
  for (const code of CODES) {
    for (const [name, change] of Object.entries(CHANGES)) {
      for (let nth = 1, isLast = false; !isLast; nth++) {
        await store().change(() => setUp(setup, SECRET))
        const before = await snapshot(folder)
        const { files, calls } = failingFiles({ nth, forGood: false, code })
        const faulty = createConfigurationStore({ pair: createConfigPair({ folder, files }) })
        const outcome = await faulty.change(change).then(() => null, error => error)
        isLast = calls() < nth
        if (outcome !== null) {
          faults += 1
          const after = await snapshot(folder)
          if (outcome.code !== 'STORAGE_FAILED' || !outcome.message.includes(`(${code})`)) t.fail(`${name}, call ${nth}: ${outcome}`)
          for (const [file, text] of Object.entries(before)) if (after[file] !== text) t.fail(`${name}, call ${nth}: ${file} has changed`)
        }
        if (outcome !== null) await faulty.change(change)
        if ((await readdir(folder)).length !== 4) await createConfigPair({ folder }).removeLeftovers()
        if ((await readdir(folder)).length !== 4) t.fail(`${name}, call ${nth}: more is left than the pair`)
      }
    }
  }
  t.comment(`${faults} faults: ${CODES.join(', ')} at every file call of ${Object.keys(CHANGES).join(', ')}`)
  t.ok(faults > 100)
})

const run = promisify(execFile)

/** A small disk of its own. */
async function mountDisk (t: Test, size: string): Promise<string> {
  const disk = await mkdtemp(join(tmpdir(), 'small-disk-'))
  t.teardown(async () => await rmdir(disk))
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', disk])
  t.teardown(async () => await run('umount', ['-l', disk]))
  return disk
}

t.test('the whole service on a real disk that is full, then read-only', { skip: cannotMount }, async t => {
  const disk = await mountDisk(t, '256k')
  const folder = join(disk, 'data')
  const service = await build(t, { folder })
  await service.generateApiKey()
  t.equal((await service.send('POST', '/api/generatorConfigSetup', setup)).statusCode, 200)
  const before = await snapshot(folder)
  const add = async (number: number) => await service.send('POST', '/api/addNewGenerator', { ...numberedGenerator(number), data: 'x'.repeat(4_000) })

  for (const fill of [0, 1, 2]) {
    const filler = join(disk, `filler-${fill}`)
    await writeFile(filler, Buffer.alloc(300_000)).catch(({ code }) => t.equal(code, 'ENOSPC'))
    t.match((await add(2)).json(), { statusCode: 500, code: 'STORAGE_FAILED', message: /\(ENOSPC\) and is not in force/, data: null })
    t.same(await snapshot(folder), before, 'not a byte, not a name has changed')
    t.match((await service.send('GET', '/api/getGeneratorConfig')).json(), { data: { generator_config: [{ data: 'generator 1' }] } })
    await rm(filler)
  }
  await run('mount', ['-o', 'remount,ro', disk])
  t.match((await add(2)).json(), { statusCode: 500, code: 'STORAGE_FAILED', message: /\(EROFS\)/ })
  t.same(await snapshot(folder), before)
  await run('mount', ['-o', 'remount,rw', disk])
  t.equal((await add(2)).statusCode, 200)
  t.match((await service.send('GET', '/api/getGeneratorConfig')).json(), { data: { generator_config: [{}, { address: numberedAddress(2) }] } })
  t.equal((await readdir(folder)).filter(name => /\.tmp$|\.next$/.test(name)).length, 0)
  await service.app.close()
})

t.test('an API key that cannot be written is not issued', { skip: cannotMount }, async t => {
  const disk = await mountDisk(t, '64k')
  const service = await build(t, { folder: join(disk, 'data') })
  const filler = join(disk, 'filler')
  await writeFile(filler, Buffer.alloc(100_000)).catch(({ code }) => t.equal(code, 'ENOSPC'))
  const before = await snapshot(disk)
  t.match((await service.app.inject({ method: 'POST', url: '/api/generateApiKey' })).json(), { statusCode: 500, code: 'STORAGE_FAILED' })
  t.same(await snapshot(disk), before)
  await rm(filler)
  t.match(await service.generateApiKey(), /^[0-9a-f]{64}$/)
  await service.app.close()
})
