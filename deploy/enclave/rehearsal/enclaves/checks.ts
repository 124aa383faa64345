import { strict as assert } from 'node:assert'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Enclave } from '../machine/boot.js'
import { SERVICE_USER } from '../machine/root.js'

const SETTLING_MS = 10_000
const SUPERVISOR = '/app/supervisord'
/** The API starts these programs. supervisord does not start them by itself. */
const ON_DEMAND = ['kalypso-generator', 'listener']

/** Checks that only loopback exists, and that every call outside, by name or address, reaches the transparent proxy. */
export async function checkNetwork ({ enclave }: { enclave: Enclave }): Promise<string> {
  const links = JSON.parse(await enclave.run('ip', '-json', 'link')) as { ifname: string }[]
  assert.deepEqual(links.map(({ ifname }) => ifname), ['lo'])
  for (const host of ['rpc.example', '203.0.113.99:8545']) {
    const script = `fetch('http://${host}/').then(answer => answer.text()).then(console.log)`
    const answer = JSON.parse(await enclave.run('/usr/local/bin/node', '-e', script))
    assert.deepEqual(answer, { stands_in_for: 'ip-to-vsock-transparent', host })
  }
  return 'only lo; outgoing TCP arrives at the transparent proxy, names are resolved'
}

/** Returns supervisord's report of each program, without its colours: "Running" and the pid, or its state. */
export async function programStates ({
  enclave,
}: {
  enclave: Enclave
}): Promise<Map<string, { state: string, pid: number | null }>> {
  const output = await enclave.run(SUPERVISOR, 'ctl', 'status')
  // eslint-disable-next-line no-control-regex -- supervisord colours its lines always
  const lines = output.replaceAll(/\x1b\[[\d;]*m/g, '').trim().split('\n')
  return new Map(lines.map(line => {
    const [, name = '', state = '', pid] = /^(\S+)\s+(\S+)(?:\s+pid (\d+))?/.exec(line) ?? []
    return [name, { state, pid: pid === undefined ? null : Number(pid) }]
  }))
}

/** Returns the states once no program is starting, which has no pid yet. startsecs is one second. */
export async function settledStates ({ enclave }: { enclave: Enclave }): ReturnType<typeof programStates> {
  const deadline = performance.now() + SETTLING_MS
  while (true) {
    const states = await programStates({ enclave })
    if (performance.now() > deadline || [...states.values()].every(({ state }) => state !== 'Starting')) return states
    await pause(200)
  }
}

/** Checks that all programs but the operator's run, and that the service runs as its own user. */
export async function checkPrograms ({ enclave }: { enclave: Enclave }): Promise<string> {
  const states = await settledStates({ enclave })
  for (const [name, { state }] of states) assert.equal(state, ON_DEMAND.includes(name) ? 'Stopped' : 'Running', name)
  const { pid } = states.get('generator-client')!
  const [, userId] = /^Uid:\t(\d+)/m.exec(await enclave.run('cat', `/proc/${pid}/status`)) ?? []
  assert.equal(Number(userId), SERVICE_USER)
  return `${states.size - ON_DEMAND.length} run, ${ON_DEMAND.join(' and ')} wait for the API; the service is not root`
}

/** Checks that the log names the TLS key of the service and its start. */
export function checkLog ({ enclave }: { enclave: Enclave }): string {
  const line = enclave.console.find(one => one.includes('TLS is served on the same port'))
  const [, boot] = /"boot_id":"([0-9a-f]{32})"/.exec(line ?? '') ?? []
  const [, spki] = /"spki_sha256":"([A-Za-z0-9+/]{43}=)"/.exec(line ?? '') ?? []
  assert.ok(boot !== undefined && spki !== undefined, `the log has ${line}`)
  return `TLS key ${spki}, boot id ${boot}`
}

/** Checks that both key pairs exist and only their users can read them. Returns the secrets to search for elsewhere. */
export async function checkKeys ({ root }: { root: string }): Promise<Buffer[]> {
  const secrets: Buffer[] = []
  for (const { name, bytes, userId } of [
    { name: 'id.sec', bytes: 64, userId: 0 },
    { name: 'secp.sec', bytes: 32, userId: SERVICE_USER },
  ]) {
    const { mode, uid, size } = await stat(join(root, 'app', name))
    assert.deepEqual({ mode: mode & 0o777, uid, size }, { mode: 0o600, uid: userId, size: bytes }, name)
    secrets.push(await readFile(join(root, 'app', name)))
  }
  return secrets
}

/** Checks that a second run of the keys part changes nothing. */
export async function checkKeysKept ({
  enclave, root, secrets
}: {
  enclave: Enclave, root: string, secrets: Buffer[]
}): Promise<string> {
  await enclave.run('/app/setup.sh', 'keys')
  assert.deepEqual(await checkKeys({ root }), secrets)
  return 'setup.sh keys, run again, keeps both'
}

/** Checks that the console shows no secret in any encoding. */
export function checkConsole ({ enclave, secrets }: { enclave: Enclave, secrets: Buffer[] }): string {
  const shown = enclave.console.join('\n')
  assert.ok(shown.includes('listening at'), 'the console has been read')
  for (const secret of secrets) {
    for (const encoding of ['hex', 'base64', 'base64url', 'latin1', 'utf8'] as const) {
      assert.equal(
        shown.toLowerCase().includes(secret.toString(encoding).toLowerCase()),
        false,
        `a secret of ${secret.length} bytes is on the console`
      )
    }
  }
  return `${enclave.console.length} lines, none with one of ${secrets.length} secrets`
}
