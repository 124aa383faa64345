import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, rmdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { numberedAddress, numberedGenerator, setup } from '../fixtures/configuration.js'
import { build, snapshot } from '../helper.js'
import { cannotMount } from '../rights.js'

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
  const add = async (number: number) =>
    await service.send('POST', '/api/addNewGenerator', { ...numberedGenerator(number), data: 'x'.repeat(4_000) })

  for (const fill of [0, 1, 2]) {
    const filler = join(disk, `filler-${fill}`)
    await writeFile(filler, Buffer.alloc(300_000)).catch(({ code }) => t.equal(code, 'ENOSPC'))
    t.match((await add(2)).json(), {
      statusCode: 500, code: 'STORAGE_FAILED', message: /\(ENOSPC\) and is not in force/, data: null
    })
    t.same(await snapshot(folder), before, 'not a byte, not a name has changed')
    t.match((await service.send('GET', '/api/getGeneratorConfig')).json(), {
      data: { generator_config: [{ data: 'generator 1' }] },
    })
    await rm(filler)
  }
  await run('mount', ['-o', 'remount,ro', disk])
  t.match((await add(2)).json(), { statusCode: 500, code: 'STORAGE_FAILED', message: /\(EROFS\)/ })
  t.same(await snapshot(folder), before)
  await run('mount', ['-o', 'remount,rw', disk])
  t.equal((await add(2)).statusCode, 200)
  t.match((await service.send('GET', '/api/getGeneratorConfig')).json(), {
    data: { generator_config: [{}, { address: numberedAddress(2) }] },
  })
  t.equal((await readdir(folder)).filter(name => /\.tmp$|\.next$/.test(name)).length, 0)
  await service.app.close()
})

t.test('an API key that cannot be written is not issued', { skip: cannotMount }, async t => {
  const disk = await mountDisk(t, '64k')
  const service = await build(t, { folder: join(disk, 'data') })
  const filler = join(disk, 'filler')
  await writeFile(filler, Buffer.alloc(100_000)).catch(({ code }) => t.equal(code, 'ENOSPC'))
  const before = await snapshot(disk)
  t.match((await service.app.inject({ method: 'POST', url: '/api/generateApiKey' })).json(), {
    statusCode: 500, code: 'STORAGE_FAILED'
  })
  t.same(await snapshot(disk), before)
  await rm(filler)
  t.match(await service.generateApiKey(), /^[0-9a-f]{64}$/)
  await service.app.close()
})
