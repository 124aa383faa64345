import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import t from 'tap'
import { API_KEY_FILE, openApiKey } from '../../src/access/api-key.js'
import { count } from '../count.js'
import { random } from '../random.js'

const ROUNDS = count('ROTATION_KILLS', 5)
const PROGRAM = `
  import { writeSync } from 'node:fs'
  import { openApiKey } from ${JSON.stringify(new URL('../../dist/src/access/api-key.js', import.meta.url).href)}
  const apiKey = await openApiKey({ folder: process.argv[1] })
  for (let key = await apiKey.issue(); ; key = await apiKey.rotate([key])) writeSync(1, key + '\\n')`

t.test(`${ROUNDS} kills -9 amid rotations: the last answered key is valid, or one that was not answered`, async t => {
  const root = t.testdir(Object.fromEntries(Array.from({ length: ROUNDS }, (_, round) => [round, {}])))
  let rotations = 0
  let untold = 0
  for (let round = 0; round < ROUNDS; round++) {
    const folder = join(root, String(round))
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', PROGRAM, folder],
      { stdio: ['ignore', 'pipe', 'inherit'], env: {} }
    )
    t.teardown(() => child.kill('SIGKILL'))
    const exited = once(child, 'exit')
    const output = text(child.stdout)
    await once(child.stdout, 'data')
    setTimeout(() => child.kill('SIGKILL'), random() * 60)
    const told = (await output).trim().split('\n')
    await exited
    rotations += told.length - 1

    const apiKey = await openApiKey({ folder })
    t.equal(apiKey.damage, null)
    await t.rejects(apiKey.issue(), { code: 'API_KEY_ALREADY_GENERATED' })
    const valid = told.filter(key => isValid(apiKey, key))
    if (valid.length === 0) untold += 1
    else t.same(valid, told.slice(-1), 'of those told, the last one alone')
    t.ok((await readdir(folder)).includes(API_KEY_FILE))
  }
  t.ok(rotations > 0)
  t.comment(`${ROUNDS} kills, ${rotations} rotations told, ${untold} kills between the disk and the answer`)
})

function isValid (apiKey: Awaited<ReturnType<typeof openApiKey>>, key: string): boolean {
  try {
    return apiKey.authenticate([key]) !== ''
  } catch {
    return false
  }
}
