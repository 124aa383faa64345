import { strict as assert } from 'node:assert'
import type { Enclave } from '../machine/boot.js'
import { PROGRAM_USER, SERVICE_USER } from '../machine/root.js'
import { settledStates } from './checks.js'

const CONFIG = ['generator_config.json', 'runtime_config.json']
const NODE = '/usr/local/bin/node'

/** Lists, as the user of the generator, what it can read of the service, and whether it can write there. */
const SCRIPT = `
  const [user, group, service] = process.argv.slice(1).map(Number)
  const { accessSync, constants, readdirSync, readFileSync, writeFileSync } = require('node:fs')
  const folder = '/app/generator_config'
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => !entry.isDirectory()).map(({ parentPath, name }) => parentPath + '/' + name)
  process.setgroups([group])
  process.setgid(group)
  process.setuid(user)
  const works = work => { try { work(); return true } catch { return false } }
  console.log(JSON.stringify({
    readable: [...files, '/app/secp.sec', '/proc/' + service + '/environ', '/proc/' + service + '/mem']
      .filter(path => works(() => readFileSync(path, { length: 1 }))),
    canWrite: works(() => writeFileSync(folder + '/new', '')) || works(() => accessSync('/app', constants.W_OK)),
  }))`

/** Checks the user of the running generator, and what it can reach of the service. */
export async function checkUsers ({ enclave }: { enclave: Enclave }): Promise<string> {
  const states = await settledStates({ enclave })
  const [service, generator] = ['generator-client', 'kalypso-generator'].map(name => states.get(name)!.pid)
  assert.deepEqual(
    [await userOf(enclave, service!), await userOf(enclave, generator!)], [SERVICE_USER, PROGRAM_USER]
  )
  const found = JSON.parse(await enclave.run(NODE, '-e', SCRIPT, ...[PROGRAM_USER, SERVICE_USER, service].map(String)))
  const names = new Set((found.readable as string[]).map(path => path.split('/').at(-1)))
  assert.deepEqual([...names].sort(), CONFIG)
  assert.equal(found.canWrite, false)
  return 'reads the two config files, nothing else of the service, and writes nothing'
}

async function userOf (enclave: Enclave, pid: number): Promise<number> {
  const status = await enclave.run('cat', `/proc/${pid}/status`)
  return Number(/^Uid:\t(\d+)/m.exec(status)?.[1])
}
