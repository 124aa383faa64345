import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { addGenerator, setUp, updateGenerator, updateRuntime } from '../../src/config/changes.js'
import { GENERATOR_FILE, RUNTIME_FILE } from '../../src/config/pair/files.js'
import { createConfigPair } from '../../src/config/pair/pair.js'
import { createConfigurationStore } from '../../src/config/store.js'
import { fileSystem } from '../../src/files/durable-files.js'
import { numberedAddress, numberedGenerator, SECRET, setup } from '../fixtures/configuration.js'
import { snapshot } from '../helper.js'

function openStore (folder: string) {
  return createConfigurationStore({ pair: createConfigPair({ folder }) })
}

t.test('there is no configuration', async t => {
  const store = openStore(t.testdir())
  const notFound = {
    code: 'CONFIG_NOT_FOUND', statusCode: 409, message: 'There is no configuration yet: call generatorConfigSetup first'
  }
  await t.rejects(store.read(), notFound)
  await t.rejects(store.change(current => current()), notFound)
  t.same(await store.changedAt(), { [GENERATOR_FILE]: null, [RUNTIME_FILE]: null })
})

t.test('the files have the exact format that generators read', async t => {
  const folder = t.testdir()
  const store = openStore(folder)
  await store.change(() => setUp(setup, SECRET))
  t.same(JSON.parse(await readFile(join(folder, GENERATOR_FILE), 'utf8')), {
    generator_config: [
      { address: numberedAddress(1), ecies_private_key: SECRET, data: 'generator 1', supported_markets: ['1'] },
    ]
  })
  t.same(JSON.parse(await readFile(join(folder, RUNTIME_FILE), 'utf8')), {
    runtime_config: { params_path: './params/', markets: {}, ...setup.runtime_config }
  })
  t.same(await store.read(), await openStore(folder).read())
})

t.test('64 changes at once are all kept, and share durable writes', async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder })
  let writes = 0
  const store = createConfigurationStore({
    pair: {
      ...pair,
      write: async texts => {
        writes += 1
        await pair.write(texts)
      },
    },
  })
  await store.change(() => setUp(setup, SECRET))
  writes = 0
  const added = Array.from({ length: 64 }, (_, index) => numberedGenerator(index + 2))
  await Promise.all(
    added.map(async generator => await store.change(current => addGenerator(current(), generator, SECRET)))
  )
  t.ok(writes <= 3, `${writes} writes`)
  t.equal((await openStore(folder).read()).generators.length, 65)
})

t.test('50 updates of different fields at once lose none', async t => {
  const folder = t.testdir()
  const store = openStore(folder)
  await store.change(() =>
    setUp({ ...setup, generator_config: Array.from({ length: 50 }, (_, index) => numberedGenerator(index)) }, SECRET)
  )
  for (let round = 0; round < 10; round++) {
    await Promise.all(
      Array.from(
        { length: 50 },
        async (_, index) =>
          await store.change(current =>
            updateGenerator(current(), { address: numberedAddress(index), data: `${round} ${index}` })
          )
      )
    )
    const { generators } = await openStore(folder).read()
    t.ok(generators.every(({ data }, index) => data === `${round} ${index}`), `round ${round}`)
  }
})

t.test('a refused change does not hold up its neighbours', async t => {
  const folder = t.testdir()
  const store = openStore(folder)
  await store.change(() => setUp(setup, SECRET))
  const results = await Promise.allSettled([
    store.change(current => addGenerator(current(), numberedGenerator(2), SECRET)),
    store.change(current => addGenerator(current(), numberedGenerator(1), SECRET)),
    store.change(current => addGenerator(current(), numberedGenerator(2), SECRET)),
    store.change(current => addGenerator(current(), numberedGenerator(3), SECRET)),
  ])
  t.same(results.map(({ status }) => status), ['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  t.equal((await store.read()).generators.length, 3)
})

t.test('a change right behind another is written, however few steps lie between them', async t => {
  for (let steps = 0; steps < 12; steps++) {
    const store = openStore(t.testdir())
    await store.change(() => setUp(setup, SECRET))
    for (let step = 0; step < steps; step++) await null
    const change = store.change(current => updateRuntime(current(), { start_block: 77 }))
    t.equal(
      await Promise.race([change.then(() => 'written'), setTimeout(5_000, 'waits for ever')]),
      'written',
      `${steps} steps`
    )
  }
})

t.test('a read during a write answers what was written', async t => {
  const store = openStore(t.testdir())
  const change = store.change(() => setUp(setup, SECRET))
  t.same(await store.read(), await change)
})

t.test('a read waits for the changes before it alone, though many writers go on', async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder })
  let writes = 0
  const store = createConfigurationStore({
    pair: {
      ...pair,
      write: async texts => {
        writes += 1
        await pair.write(texts)
      },
    },
  })
  await store.change(() =>
    setUp({ ...setup, generator_config: Array.from({ length: 8 }, (_, index) => numberedGenerator(index)) }, SECRET)
  )
  const ROUNDS = 30
  const writers = Array.from({ length: 8 }, async (_, index) => {
    for (let round = 0; round < ROUNDS; round++) {
      await store.change(current =>
        updateGenerator(current(), { address: numberedAddress(index), data: String(round) })
      )
    }
  })
  const reads = [async () => await store.read(), async () => await store.changedAt()]
  for (const read of reads) {
    const [before, block] = [writes, writes + 100]
    const answered = store.change(current => updateRuntime(current(), { start_block: block }))
    const result = await read()
    t.ok(writes - before <= 2, `${writes - before} writes`)
    if ('runtime' in result) t.equal(result.runtime.start_block, block, 'what was sent before is read')
    await answered
  }
  await Promise.all(writers)
  t.ok(writes > ROUNDS, `${writes} writes in all`)
})

t.test('a read before a change that waits too is answered before it is written', async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder })
  const done: string[] = []
  const store = createConfigurationStore({
    pair: {
      ...pair,
      write: async texts => {
        await pair.write(texts)
        done.push('written')
      },
    },
  })
  await store.change(() => setUp(setup, SECRET))
  const update = async (block: number) =>
    await store.change(current => updateRuntime(current(), { start_block: block }))
  const first = update(11)
  const read = store.read().then(({ runtime }) => done.push(`read ${runtime.start_block}`))
  await Promise.all([first, read, update(12)])
  t.same(done, ['written', 'written', 'read 11', 'written'])
})

t.test('a read behind a change whose write fails answers what is in force', async t => {
  const pair = createConfigPair({ folder: t.testdir() })
  let fails = false
  const store = createConfigurationStore({
    pair: {
      ...pair,
      write: async texts => {
        if (fails) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
        await pair.write(texts)
      },
    }
  })
  await store.change(() => setUp(setup, SECRET))
  fails = true
  const change = store.change(current => updateRuntime(current(), { start_block: 77 }))
  const read = store.read()
  await t.rejects(change, { code: 'STORAGE_FAILED' })
  t.equal((await read).runtime.start_block, setup.runtime_config.start_block)
})

t.test('a change to what is there already writes nothing', async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder })
  await createConfigurationStore({ pair }).change(() => setUp(setup, SECRET))
  const store = createConfigurationStore({ pair: { ...pair, write: async () => { throw new Error('written') } } })
  t.same(await store.change(current => current()), setUp(setup, SECRET))
})

t.test('files changed by hand are read anew', async t => {
  const folder = t.testdir()
  const store = openStore(folder)
  await store.change(() => setUp(setup, SECRET))
  const texts = await createConfigPair({ folder }).read()
  const other = t.testdir({
    ...texts, [RUNTIME_FILE]: texts![RUNTIME_FILE].replace('"start_block": 10', '"start_block": 11')
  })
  const otherStore = openStore(other)
  t.equal((await otherStore.read()).runtime.start_block, 11)
  await otherStore.change(current => updateRuntime(current(), { chain_id: 5 }))
  t.match((await openStore(other).read()).runtime, { start_block: 11, chain_id: 5 })
})

t.test('damage is reported with the file and mended by a setup that keeps the old file', async t => {
  const { generator_config: [generator] } = setup
  const damages: [string, Record<string, string>, RegExp][] = [
    ['empty', { [GENERATOR_FILE]: '' }, /^generator_config.json is empty/],
    ['no JSON', { [GENERATOR_FILE]: '{' }, /^generator_config.json is not JSON/],
    [
      'null',
      { [GENERATOR_FILE]: 'null' },
      /^generator_config.json has a wrong value at generator_config: must be array/,
    ],
    [
      'a wrong field',
      { [RUNTIME_FILE]: '{"runtime_config":{}}' },
      /^runtime_config.json has a wrong value at runtime_config: must have required property 'http_url'/,
    ],
    ['an address twice', {
      [GENERATOR_FILE]: JSON.stringify({
        generator_config: [
          { ...generator, ecies_private_key: SECRET },
          { ...generator, ecies_private_key: SECRET },
        ],
      })
    }, /^generator_config.json lists a generator address twice/],
  ]
  const good = t.testdir()
  await openStore(good).change(() => setUp(setup, SECRET))
  const texts = await createConfigPair({ folder: good }).read()
  for (const [name, damage, message] of damages) {
    t.test(name, async t => {
      const folder = t.testdir({ ...texts, ...damage })
      const store = openStore(folder)
      const corrupt = { code: 'CONFIG_CORRUPT', statusCode: 500, message }
      await t.rejects(store.read(), corrupt)
      await t.rejects(store.change(current => updateRuntime(current(), { chain_id: 1 })), corrupt)
      const [file, content] = Object.entries(damage)[0]!
      t.equal(await readFile(join(folder, file), 'utf8'), content, 'not overwritten')
      await store.change(() => setUp(setup, SECRET))
      t.same(await store.read(), setUp(setup, SECRET))
    })
  }
})

t.test('a write that fails is STORAGE_FAILED for all who waited, and the old state stays', async t => {
  const folder = t.testdir()
  const pair = createConfigPair({ folder })
  let fails = false
  const store = createConfigurationStore({
    pair: {
      ...pair,
      write: async texts => {
        if (fails) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
        await pair.write(texts)
      },
    }
  })
  await store.change(() => setUp(setup, SECRET))
  fails = true
  const add = async (number: number) =>
    await store.change(current => addGenerator(current(), numberedGenerator(number), SECRET))
  const results = await Promise.allSettled([add(2), add(3)])
  for (const result of results) {
    t.match(result, {
      status: 'rejected', reason: { code: 'STORAGE_FAILED', statusCode: 500, message: /\(ENOSPC\) and is not in force/ }
    })
  }
  fails = false
  t.equal((await store.read()).generators.length, 1)
  await add(2)
  t.equal((await store.read()).generators.length, 2)
})

t.test('a refusal that rests on a change whose write fails is STORAGE_FAILED too', async t => {
  const folder = t.testdir()
  await openStore(folder).change(() => setUp(setup, SECRET))
  const before = await snapshot(folder)
  const pair = createConfigPair({
    folder,
    files: {
      ...fileSystem,
      rename: async () => {
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      },
    },
  })
  const store = createConfigurationStore({ pair })
  await store.read()
  const add = async () => await store.change(current => addGenerator(current(), numberedGenerator(2), SECRET))
  const results = await Promise.allSettled([add(), add()])
  t.same(
    results.map(result => result.status === 'rejected' && result.reason.code), ['STORAGE_FAILED', 'STORAGE_FAILED']
  )
  t.same(await snapshot(folder), before)
})

t.test('a fault in reading is not taken for damage', async t => {
  const pair = createConfigPair({ folder: t.testdir() })
  const store = createConfigurationStore({ pair: { ...pair, read: async () => { throw new Error('unexpected') } } })
  const failed = {
    code: 'STORAGE_FAILED', message: /cannot be read at the moment \(unknown reason\)/, cause: { message: 'unexpected' }
  }
  await t.rejects(store.read(), failed)
  await t.rejects(store.change(current => current()), failed)
})

t.test('files that cannot be read at one moment are read at the next', async t => {
  const folder = t.testdir()
  await openStore(folder).change(() => setUp(setup, SECRET))
  const before = await snapshot(folder)
  for (const [code, isDamage] of [['EMFILE', false], ['ENFILE', false], ['EIO', true]] as const) {
    let fault: Error | null = null
    const open = (async (...parameters: Parameters<typeof fileSystem.open>) => {
      if (fault !== null) throw fault
      return await fileSystem.open(...parameters)
    }) as typeof fileSystem.open
    const store = createConfigurationStore({ pair: createConfigPair({ folder, files: { ...fileSystem, open } }) })
    fault = Object.assign(new Error('injected'), { code })
    const expected = isDamage
      ? { code: 'CONFIG_CORRUPT', message: /generator_config.json cannot be read \(EIO\)/ }
      : {
          code: 'STORAGE_FAILED',
          message: new RegExp(`cannot be read at the moment \\(${code}\\), and nothing has changed`),
        }
    await t.rejects(store.read(), expected)
    await t.rejects(store.change(current => current()), expected)
    t.same(await snapshot(folder), before)
    fault = null
    t.same(await store.read(), setUp(setup, SECRET))
  }
})

t.test('an error without a code', async t => {
  const folder = t.testdir()
  await writeFile(join(folder, 'x'), '')
  const pair = createConfigPair({ folder })
  const store = createConfigurationStore({ pair: { ...pair, write: async () => { throw new Error('odd') } } })
  await t.rejects(store.change(() => setUp(setup, SECRET)), { code: 'STORAGE_FAILED', message: /\(unknown reason\)/ })
})

t.test('markets that are no map are damage', async t => {
  const good = t.testdir()
  await openStore(good).change(() => setUp(setup, SECRET))
  const texts = await createConfigPair({ folder: good }).read()
  const { runtime_config: runtime } = JSON.parse(texts![RUNTIME_FILE])
  for (const markets of ['text', 7, ['6000']]) {
    const folder = t.testdir({ ...texts, [RUNTIME_FILE]: JSON.stringify({ runtime_config: { ...runtime, markets } }) })
    await t.rejects(openStore(folder).read(), {
      code: 'CONFIG_CORRUPT', message: /^runtime_config.json has a wrong value at runtime_config\/markets/
    })
  }
})
