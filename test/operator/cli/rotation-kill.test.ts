import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startHttpServer } from '../../fixtures/http-server.js'
import { build } from '../../helper.js'
import { random } from '../../random.js'
import { runCli } from './run-cli.js'

const MAIN = join(import.meta.dirname, '../../../dist/operator/cli/main.js')
const RANDOM_KILLS = 6

type Moment = 'before the service has heard' | 'before the answer' | 'after the answer'
const MOMENTS: Moment[] = ['before the service has heard', 'before the answer', 'after the answer']

/** The service behind a proxy that kills the command at a moment of its rotation. */
async function start (t: Test) {
  const folder = t.testdir({ data: {}, operator: {} })
  const service = await build(t, { folder: join(folder, 'data') })
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo
  let kill = (_moment: Moment): boolean => false
  const url = await startHttpServer(t, async (request, response) => {
    const body: Buffer[] = []
    for await (const chunk of request) body.push(chunk)
    if (kill('before the service has heard')) return response.destroy()
    const headers = { 'content-type': 'application/json', 'api-key': String(request.headers['api-key'] ?? '') }
    const answer = await fetch(`http://127.0.0.1:${port}${request.url}`, {
      method: request.method!, headers, ...(body.length > 0 && { body: Buffer.concat(body) })
    })
    const text = await answer.text()
    if (kill('before the answer')) return response.destroy()
    response.writeHead(answer.status).end(text, () => kill('after the answer'))
  })
  const profile = join(folder, 'operator/profile.json')
  const environment = { GENERATOR_CLIENT_URL: url, GENERATOR_CLIENT_PROFILE: profile }
  const keyInProfile = async (): Promise<string> => JSON.parse(await readFile(profile, 'utf8')).api_key
  const rotate = (): ChildProcess =>
    spawn(process.execPath, [MAIN, 'rotate-key'], { env: { ...process.env, ...environment }, stdio: 'ignore' })
  const killAt = (child: ChildProcess, wanted: Moment): void => {
    kill = moment => moment === wanted && child.kill('SIGKILL')
  }
  const cli = async (...argv: string[]) => await runCli(argv, { environment })
  t.equal((await cli('init-key', '--save')).code, 0)
  return { cli, rotate, killAt, keyInProfile, killNever: () => { kill = () => false } }
}

t.test('rotate-key killed with -9 at any moment: the next command gets in, and one key is in force', async t => {
  const { cli, rotate, killAt, killNever, keyInProfile } = await start(t)
  async function expectAccess (moment: string, before: string): Promise<void> {
    killNever()
    t.equal((await cli('status')).code, 0, `killed ${moment}`)
    const now = await keyInProfile()
    t.equal((await cli('status')).stderr, '', 'nothing is left to finish')
    if (now !== before) t.equal((await cli('status', '--api-key', before)).code, 3, 'the old key is out')
  }

  for (const moment of MOMENTS) {
    const before = await keyInProfile()
    const child = rotate()
    killAt(child, moment)
    const [code, signal] = await once(child, 'exit')
    // After the answer the command may be faster than the signal.
    t.ok(signal === 'SIGKILL' || (code === 0 && moment === 'after the answer'))
    await expectAccess(moment, before)
    if (moment !== 'after the answer') t.not(await keyInProfile(), before, 'the next command has finished the rotation')
  }

  const begun = performance.now()
  t.same(await once(rotate(), 'exit'), [0, null])
  const wholeMs = performance.now() - begun
  for (let kills = 0; kills < RANDOM_KILLS; kills++) {
    const before = await keyInProfile()
    const child = rotate()
    const exited = once(child, 'exit')
    const part = random()
    await setTimeout(part * wholeMs)
    child.kill('SIGKILL')
    await exited
    await expectAccess(`after ${Math.round(part * 100)} % of its time`, before)
  }
})
