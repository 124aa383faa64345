import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { COVERAGE } from '../../coverage.js'
import { startHttpServer } from '../../fixtures/http-server.js'

const MAIN = join(import.meta.dirname, '../../../dist/operator/cli/main.js')

/** The built command line as a process of its own. */
function spawnCli (t: Test, argv: string[], variables: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['--enable-source-maps', ...COVERAGE, MAIN, ...argv], {
    env: { ...process.env, GENERATOR_CLIENT_PROFILE: '/nowhere/profile.json', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await exited
  })
  return { child, exited, lines: createInterface({ input: child.stdout }) }
}

t.test('serve is the service, and ends with it', async t => {
  const folder = t.testdir()
  const { child, exited, lines } = spawnCli(t, ['serve'], {
    PORT: '0', CONFIG_DIR: folder, SECP_KEY_PATH: join(folder, 'nowhere'), CHAIN_CHECKS: 'off'
  })
  const url = await new Promise<string>(resolve => {
    lines.on('line', line => {
      const listening = /listening at (http:[^"]*)"/.exec(line)?.[1]
      if (listening !== undefined) resolve(listening)
    })
  })
  const key = spawnCli(t, ['init-key', '--url', url])
  t.match(await once(key.lines, 'line'), [/^[0-9a-f]{64}$/])
  t.same(await key.exited, [0, null])
  t.same(await spawnCli(t, ['status', '--url', url]).exited, [3, null])
  child.kill('SIGTERM')
  t.same(await exited, [0, null])
})

t.test('a reader that leaves ends what follows the log', async t => {
  const url = await startHttpServer(t, (_request, response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write('data: line\n\n'), 20)
    response.on('close', () => clearInterval(timer))
  })
  const { child, exited, lines } = spawnCli(t, ['logs', '--follow', '--url', url])
  t.same(await once(lines, 'line'), ['line'])
  child.stdout.destroy()
  t.same(await exited, [0, null])
})
