import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getBytes, SigningKey } from 'ethers'
import t, { type Test } from 'tap'
import { freePort } from '../../tools/demo/free-port.js'
import { operationsOf } from '../documentation/document.js'
import { createClientChannel } from '../fixtures/client-channel.js'
import { startHttpServer } from '../fixtures/http-server.js'
import { startService } from '../service-process.js'
import { type Canary, findLeaks, FORMS, keyCanary, textCanary } from './canary.js'
import { filesBelow, type Finding, processesBelow } from './places.js'
import { type Caller, createCaller, liveADay, provoke, type Records, type Secrets, stopAndStart } from './walk.js'
import { randomBytes } from '../random.js'

/** The two config files and the enclave's key file may hold secrets. No file may hold the API key. */
const MEANT: Record<string, RegExp> = {
  'gas key': /\/runtime_config\.json$/,
  'enclave key': /\/(generator_config\.json|secp\.sec)$/,
  'RPC path': /\/runtime_config\.json$/,
}
const NOWHERE = /^$/

const enclaveKey = keyCanary('enclave key', randomBytes(32))
const gasKey = keyCanary('gas key', randomBytes(32))
const rpcPath = textCanary('RPC path', `path-${randomBytes(20).toString('hex')}`)

/** An RPC endpoint that serves the chain, or fails and shows the request. */
async function startRpc (t: Test, fails: () => boolean): Promise<string> {
  return await startHttpServer(t, async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    if (fails()) return response.writeHead(500, { 'content-type': 'text/html' }).end(`<h1>${request.url}</h1>${body}`)
    const answerTo = ({ id, method }: { id: number, method: string }) => {
      if (method === 'eth_chainId') return { jsonrpc: '2.0', id, result: '0x2a' }
      if (method === 'eth_getBalance') return { jsonrpc: '2.0', id, result: '0xde0b6b3a7640000' }
      return { jsonrpc: '2.0', id, error: { code: -32000, message: `${request.url} cannot do ${method}` } }
    }
    const calls = JSON.parse(body)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(
      Array.isArray(calls) ? calls.map(answerTo) : answerTo(calls)
    ))
  })
}

interface Walk {
  folder: string
  variables: NodeJS.ProcessEnv
  records: Records
}

/** One life of the service. The test reads the memory of its processes before the end. */
async function live (t: Test, {
  folder, variables, records
}: Walk, day: (caller: Caller) => Promise<void>): Promise<void> {
  const service = await startService(t, {
    folder: join(folder, 'data'),
    variables: {
      SECP_KEY_PATH: join(folder, 'keys/secp.sec'),
      TMPDIR: join(folder, 'tmp'),
      LOG_LEVEL: 'trace',
      RPC_NETWORK: 'any',
      REHEARSAL_PRINT_CONFIG: 'true',
      ...variables,
    }
  })
  const errors: Buffer[] = []
  service.child.stderr!.on('data', chunk => errors.push(chunk))
  const { findings } = records
  await day(createCaller({ url: service.url, records }))
  findings.push(...await processesBelow(service.child.pid!))
  service.child.kill('SIGTERM')
  await service.exited
  findings.push(
    { place: 'log', data: Buffer.from(service.output.join('\n')) },
    { place: 'standard error', data: Buffer.concat(errors) }
  )
}

function leaksIn (findings: Finding[], canaries: Canary[]): string[] {
  return findings.flatMap(({ place, data }) => findLeaks(
    data, canaries
  ).map(({ canary, form }) => `${canary} as ${form} in ${place}`))
}

t.test('no secret shows in anything that the service prints, answers, stores or hands down', async t => {
  const folder = t.testdir({ keys: {}, tmp: {} })
  await writeFile(join(folder, 'keys/secp.sec'), enclaveKey.bytes, { mode: 0o600 })
  let fails = false
  const rpcUrl = `${await startRpc(t, () => fails)}/${rpcPath.text}`
  const channel = createClientChannel(getBytes(new SigningKey(enclaveKey.bytes).publicKey))
  const secrets: Secrets = { gasKey: gasKey.text, rpcUrl, channel, port: await freePort() }
  const records: Records = { findings: [], answered: new Set(), apiKeys: [] }
  const { findings, answered, apiKeys } = records
  let operations: string[] = []

  await live(t, { folder, variables: {}, records }, async caller => {
    await caller.takeApiKey('/api/generateApiKey')
    await liveADay(caller, secrets)
    await stopAndStart(caller)
    await provoke(caller, secrets)
    fails = true
    await liveADay(caller, secrets)
    operations = operationsOf(JSON.parse(await caller.call(
      'GET', '/documentation/json'
    ))).map(({ method, path }) => `${method} ${path}`)
  })
  await live(
    t, { folder, variables: { CHAIN_CHECKS: 'off' }, records }, async caller => await liveADay(caller, secrets)
  )
  t.same(operations.filter(operation => !answered.has(operation)), [], 'every operation was answered with success')
  t.ok(operations.length > 30, `${operations.length} operations`)

  const canaries = [
    gasKey, enclaveKey, rpcPath, ...apiKeys.map((key, index) => keyCanary(`API key ${index}`, Buffer.from(key, 'hex')))
  ]
  for (const canary of canaries) {
    findings.push(
      ...(await filesBelow(folder, { meant: MEANT[canary.name] ?? NOWHERE })).map(file => ({
        ...file, place: `${file.place} for ${canary.name}`
      }))
    )
  }
  const scanned = findings.filter(({ place }) => !place.includes(' for '))
  t.same(leaksIn(scanned, canaries), [])
  for (const canary of canaries) {
    t.same(
      leaksIn(findings.filter(({ place }) => place.endsWith(` for ${canary.name}`)), [canary]), []
    )
  }
  t.ok(scanned.some(({ place, data }) => place.startsWith('environ') && data.length > 0), 'the generator ran')
  t.ok(scanned.some(({ data }) => data.includes('Generator started')), 'it was started')
  t.comment(
    `${findings.length} places, ${findings.reduce((sum, { data }) => sum + data.length, 0)} bytes, ${canaries.length} canaries: no leak`
  )
})

t.test('a planted leak is found: in every form, whole and by half, wherever it is', async t => {
  let planted = 0
  for (const canary of [enclaveKey, rpcPath]) {
    const written = [canary.bytes, Buffer.from(canary.text)].flatMap(bytes => [
      bytes, bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)
    ])
    for (const [form, write] of Object.entries(FORMS)) {
      for (const bytes of written.filter(bytes => form !== 'upper case' || /^[\w-]+$/.test(bytes.toString('latin1')))) {
        for (const before of ['', 'a', 'ab']) {
          const data = Buffer.from(
            form.startsWith('base64')
              ? write(Buffer.concat([
                Buffer.from(before), bytes
              ]))
              : `${before}${write(bytes)} "`,
            'latin1'
          )
          planted += 1
          if (findLeaks(data, [canary]).length === 0) {
            t.fail(
              `${canary.name} as ${form}`, { before, data: data.toString('latin1') }
            )
          }
        }
      }
    }
  }
  t.comment(`${planted} planted, all found`)

  const folder = t.testdir({ tmp: {}, data: {} })
  const plants: [string, number][] = [
    ['tmp/left', 0o600], ['data/other.json', 0o600], ['data/runtime_config.json', 0o644]
  ]
  for (const [name, mode] of plants) await writeFile(join(folder, name), `x ${gasKey.text} y`, { mode })
  await mkdir(join(folder, 'deep'))
  await writeFile(join(folder, 'deep/runtime_config.json'), gasKey.text, { mode: 0o600 })
  const files = await filesBelow(folder, { meant: MEANT['gas key']! })
  t.same(
    leaksIn(
      files, [gasKey]
    ).map(leak => leak.split(' in ')[1]).filter((place, index, all) => all.indexOf(place) === index).toSorted(),
    plants.map(([name]) => `file ${name}`).toSorted()
  )

  const child = spawn('sleep', ['60', `0.${BigInt(`0x${gasKey.text}`)}`], {
    env: { SECRET: enclaveKey.bytes.toString('base64') }, stdio: 'ignore'
  })
  t.teardown(async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  await once(child, 'spawn')
  const leaks = leaksIn(await processesBelow(process.pid), [gasKey, enclaveKey])
  t.ok(leaks.includes(`gas key as a decimal number in cmdline of process ${child.pid}`))
  t.ok(leaks.includes(`enclave key as base64 in environ of process ${child.pid}`))
})
