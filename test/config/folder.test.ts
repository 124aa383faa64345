import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { openDataFolder } from '../../src/config/pair/folder.js'
import { cannotUnshare } from '../rights.js'
import { shortFolder } from '../fixtures/short-folder.js'
import { untilClosed } from '../fixtures/sockets.js'

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
  await t.rejects(openDataFolder({ path: join(root, 'alias') }), {
    message: /alias is in use by another running service/,
  })
  await folder.release()
  await (await openDataFolder({ path: join(root, 'alias') })).release()
})

/** Another process that has the folder open. */
async function openElsewhere (path: string, launcher: string[] = []): Promise<ChildProcess> {
  const program = `
    import { openDataFolder } from ${JSON.stringify(new URL('../../src/config/pair/folder.ts', import.meta.url).href)}
    await openDataFolder({ path: ${JSON.stringify(path)} })
    process.stdout.write('open')
    setInterval(() => {}, 1000)`
  const [command = '', ...words] = [
    ...launcher, process.execPath, ...process.execArgv, '--input-type=module', '-e', program
  ]
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

for (const [where, launcher, skip] of [
  ['here', [], false],
  ['in another network namespace', ['unshare', '-n'], cannotUnshare],
] as const) {
  t.test(`a process ${where} keeps the folder until its end, also by kill -9`, { skip }, async t => {
    const path = t.testdir()
    const child = await openElsewhere(path, [...launcher])
    const [claim = ''] = await readdir(path)
    await t.rejects(openDataFolder({ path }), { message: /is in use by another running service \(EADDRINUSE\)/ })
    t.same(await readdir(path), [claim], 'the other claim is left alone, and the own is taken back')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const folder = await openDataFolder({ path })
    t.equal((await readdir(path)).length, 1)
    t.not((await readdir(path))[0], claim, 'what a killed process has left goes')
    await folder.release()
    t.same(await readdir(path), [])
  })
}

t.test('a claim of another container, which cannot be seen but in the folder', async t => {
  const path = await shortFolder(t)
  const name = `.claim-${randomUUID()}`
  const other = createServer().listen(join(path, name))
  await once(other, 'listening')
  await t.rejects(openDataFolder({ path }), { message: /is in use by another running service \(EADDRINUSE\)/ })
  t.same(await readdir(path), [name])
  other.close()
  await once(other, 'close')
  await (await openDataFolder({ path })).release()
})

t.test('the claims answer nothing', async t => {
  const path = await shortFolder(t)
  const folder = await openDataFolder({ path })
  const { dev, ino } = await stat(path, { bigint: true })
  const [claim = ''] = await readdir(path)
  for (const name of [`\0generator-client-${dev}-${ino}`, join(path, claim)]) {
    const socket = connect({ path: name })
    socket.resume()
    await untilClosed(socket)
  }
  await folder.release()
})

t.test('a claim whose process was killed before it got its name goes too; other names stay', async t => {
  const others = ['.claim', '.claim-1', `.claim-${randomUUID()}.new.js`]
  const path = t.testdir(Object.fromEntries(others.map(name => [name, ''])))
  await writeFile(join(path, `.claim-${randomUUID()}.new`), '')
  await (await openDataFolder({ path })).release()
  t.same((await readdir(path)).sort(), others.sort())
})

t.test('a folder whose path is too long for a socket', async t => {
  const path = join(t.testdir(), 'a'.repeat(150))
  const folder = await openDataFolder({ path })
  t.equal((await readdir(path)).length, 1)
  await folder.release()
})

t.test('one network namespace is guarded, even if the folder takes no socket', async t => {
  const path = t.testdir()
  const folder = await openDataFolder({ path, descriptors: '/nowhere' })
  t.same(await readdir(path), [])
  await t.rejects(openDataFolder({ path }), { message: /is in use/ })
  await folder.release()
})

t.test('a path that cannot be a folder', async t => {
  const root = t.testdir({ file: '' })
  await t.rejects(openDataFolder({ path: join(root, 'file', 'data') }), {
    message: /^CONFIG_DIR .* cannot be made \(ENOTDIR\): name a folder/,
  })
})

t.test('a claim that fails for another reason', async t => {
  await t.rejects(openDataFolder({ path: join(t.testdir({ file: '' }), 'file') }), {
    message: /cannot be made \(EEXIST\)/,
  })
})

t.test('on other systems the folder is not guarded', async t => {
  const path = t.testdir()
  const folder = await openDataFolder({ path, platform: 'darwin' })
  await (await openDataFolder({ path, platform: 'darwin' })).release()
  await folder.release()
})
