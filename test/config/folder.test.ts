import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat, symlink } from 'node:fs/promises'
import { connect } from 'node:net'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { openDataFolder } from '../../src/config/folder.js'

t.test('is made private, with its parents', async t => {
  const path = join(t.testdir(), 'a', 'b')
  const folder = await openDataFolder({ path })
  t.equal((await stat(path)).mode & 0o777, 0o700)
  t.notOk(folder.isOpenToOthers)
  await folder.release()
})

t.test('is for one service at a time, whatever the name it is opened by', async t => {
  const root = t.testdir({ data: {} })
  await symlink('data', join(root, 'alias'))
  const folder = await openDataFolder({ path: join(root, 'data') })
  await t.rejects(openDataFolder({ path: join(root, 'alias') }), { message: /alias is in use by another running service/ })
  await folder.release()
  await (await openDataFolder({ path: join(root, 'alias') })).release()
})

t.test('kill -9 gives it free', async t => {
  const path = t.testdir()
  const program = `
    import { openDataFolder } from ${JSON.stringify(new URL('../../src/config/folder.ts', import.meta.url).href)}
    await openDataFolder({ path: ${JSON.stringify(path)} })
    process.stdout.write('open')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  await t.rejects(openDataFolder({ path }), { message: /is in use/ })
  child.kill('SIGKILL')
  await once(child, 'exit')
  await (await openDataFolder({ path })).release()
})

t.test('the claim answers nothing', async t => {
  const path = t.testdir()
  const folder = await openDataFolder({ path })
  const socket = connect({ path: `\0generator-client-${createHash('sha256').update(path).digest('hex')}` })
  socket.resume()
  await once(socket, 'close')
  await folder.release()
})

t.test('a path that cannot be a folder', async t => {
  const root = t.testdir({ file: '' })
  await t.rejects(openDataFolder({ path: join(root, 'file', 'data') }), { message: /^CONFIG_DIR .* cannot be made \(ENOTDIR\): name a folder/ })
})

t.test('a claim that fails for another reason', async t => {
  await t.rejects(openDataFolder({ path: join(t.testdir({ file: '' }), 'file') }), { message: /cannot be made \(EEXIST\)/ })
})

t.test('on other systems the folder is not guarded', async t => {
  const path = t.testdir()
  const folder = await openDataFolder({ path, platform: 'darwin' })
  await (await openDataFolder({ path, platform: 'darwin' })).release()
  await folder.release()
})
