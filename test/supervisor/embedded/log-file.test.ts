import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync } from 'node:fs'
import {
  chmod, lstat, open, readdir, readFile, readlink, rename, stat, symlink, unlink, writeFile
} from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { test } from 'tap'
import { createLogFile, type LogFile } from '../../../src/supervisor/embedded/log/log-file.js'
import { temporaryFolder } from './helper.js'

const WRITER = fileURLToPath(new URL('../../fixtures/log-writer.ts', import.meta.url))

async function appendTo (file: string, { maxBytes = 0, backups = 0 } = {}): Promise<LogFile> {
  const log = createLogFile({ file, maxBytes, backups })
  await log.append(Buffer.from('as it is\n'), () => 'for others\n')
  return log
}

test('only a file of the program itself gets its output as it is', async t => {
  const folder = t.testdir({ other: '' })
  const [own, other] = [join(folder, 'own'), join(folder, 'other')]
  const descriptor = openSync(other, 'a')
  for (const file of [own, `/proc/self/fd/${descriptor}`]) await (await appendTo(file)).close()
  closeSync(descriptor)
  t.equal(await readFile(own, 'utf8'), 'as it is\n')
  t.equal(await readFile(other, 'utf8'), 'for others\n')
})

test('a link stays, and its target is appended to and nothing else', async t => {
  const folder = t.testdir({ target: 'from before\n', 'link.1': 'kept' })
  const [target, link] = [join(folder, 'target'), join(folder, 'link')]
  await chmod(target, 0o644)
  await symlink('target', link)
  const log = await appendTo(link, { maxBytes: 1, backups: 1 })
  await log.append(Buffer.from('as it is\n'), () => 'more\n')
  await log.finish(() => 'the end\n')
  t.equal(await log.tail(10), null, 'it may have what is not of the program')
  await log.close()
  t.equal(await readFile(target, 'utf8'), 'from before\nfor others\nmore\nthe end\n')
  t.equal((await stat(target)).mode & 0o777, 0o644)
  t.equal(await readlink(link), 'target')
  t.equal(await readFile(join(folder, 'link.1'), 'utf8'), 'kept')
})

test('a link to what is not there yet makes it, for its owner alone', async t => {
  const folder = t.testdir({})
  await symlink('target', join(folder, 'link'))
  await (await appendTo(join(folder, 'link'))).close()
  t.equal(await readFile(join(folder, 'target'), 'utf8'), 'for others\n')
  t.equal((await stat(join(folder, 'target'))).mode & 0o777, 0o600)
})

test('no file is made under /dev and /proc, also by a link', async t => {
  const folder = t.testdir({})
  await symlink('/dev', join(folder, 'devices'))
  await symlink('/dev/no-such-device', join(folder, 'link'))
  for (const file of ['/dev/no-such-device', join(folder, 'devices/no-such-device'), join(folder, 'link')]) {
    await t.rejects(appendTo(file), { code: 'ENOENT' })
  }
  await (await appendTo(join(folder, 'devices/null'), { maxBytes: 1 })).close()
  t.ok((await stat('/dev/null')).isCharacterDevice())
})

test('a FIFO keeps its rights, and gets lines while it is read', async t => {
  const file = join(await temporaryFolder(t), 'pipe')
  execFileSync('mkfifo', ['-m', '644', file])
  const log = createLogFile({ file, maxBytes: 1, backups: 1 })
  await t.rejects(log.append(Buffer.from('x'), () => 'nobody reads\n'), { code: 'ENXIO' })
  const reader = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  await log.append(Buffer.from('as it is\n'), () => 'for others\n')
  t.equal(String((await reader.read()).buffer.subarray(0, 11)), 'for others\n')
  const full = 'x'.repeat(2 ** 21)
  await t.rejects(
    log.append(Buffer.from(full), () => full), { code: 'EAGAIN' }, 'a reader that has stopped reading holds nothing up'
  )
  await reader.close()
  await t.rejects(log.append(Buffer.from('x'), () => 'x'), { code: 'EPIPE' })
  await log.close()
  const stats = await lstat(file)
  t.ok(stats.isFIFO())
  t.equal(stats.mode & 0o777, 0o644)
})

test('a socket cannot be opened, and stays', async t => {
  const file = join(await temporaryFolder(t), 'socket')
  const server = createServer().listen(file)
  await once(server, 'listening')
  await t.rejects(appendTo(file, { maxBytes: 1, backups: 1 }), { code: 'ENXIO' })
  t.ok((await lstat(file)).isSocket())
  server.close()
})

test('a file that another program has moved is left where it is', async t => {
  const folder = t.testdir({ target: '' })
  const file = join(folder, 'own')
  const log = await appendTo(file, { maxBytes: 12, backups: 1 })
  await rename(file, join(folder, 'moved'))
  await symlink('target', file)
  await log.append(Buffer.from('as it is\n'), () => 'x')
  t.strictSame((await readdir(folder)).sort(), ['moved', 'own', 'target'], 'no rotation')
  t.equal(await readFile(join(folder, 'moved'), 'utf8'), 'as it is\nas it is\n')
  await log.append(Buffer.from('as it is\n'), () => 'for others\n')
  t.equal(await readFile(join(folder, 'target'), 'utf8'), 'for others\n')
  await unlink(file)
  await log.close()
  await t.rejects(appendTo(join(folder, 'target/own')), { code: 'ENOTDIR' })
})

test('the own output of the service, as a file: no line is written over', async t => {
  for (const name of ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', 'link']) {
    const folder = t.testdir({ out: '' })
    const out = join(folder, 'out')
    await writeFile(out, '', { mode: 0o644 })
    await symlink('/dev/stdout', join(folder, 'link'))
    const descriptor = openSync(out, 'w')
    const child = spawn(
      process.execPath,
      [...process.execArgv, WRITER, name === 'link' ? join(folder, 'link') : name],
      { stdio: ['ignore', descriptor, 'inherit'] }
    )
    t.strictSame(await once(child, 'exit'), [0, null], name)
    closeSync(descriptor)
    t.equal(await readFile(out, 'utf8'), 'service 1\nprogram 1\nservice 2\nprogram 2\nthe end\n')
    t.equal((await stat(out)).mode & 0o777, 0o644)
    t.strictSame((await readdir(folder)).sort(), ['link', 'out'])
  }
})

test('the own output of the service, as a socket, which no path opens', async t => {
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, WRITER, '/dev/stdout'])
  t.equal(stdout, 'service 1\nprogram 1\nservice 2\nprogram 2\nthe end\n')
})
