import { mkdir, open, readdir, symlink, writeFile } from 'node:fs/promises'
import { constants } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fileSystem } from '../../src/files/durable-files.js'
import { NotRegularFile, openRegularFile, readRegularFile } from '../../src/files/regular-file.js'
import { replaceWithFifo } from '../fixtures/fifo.js'

/** Open files of this process, its own look at them among them. */
const openFiles = async () => (await readdir('/proc/self/fd')).length

t.test('a file is read, also through a link', async t => {
  const path = join(t.testdir({ file: 'content' }), 'file')
  await symlink(path, `${path}-link`)
  for (const name of [path, `${path}-link`]) t.equal((await readRegularFile(name)).toString(), 'content')
  await t.rejects(readRegularFile(`${path}-none`), { code: 'ENOENT' })
})

t.test('a path that is no file is refused every time, and no descriptor stays open', { timeout: 30_000 }, async t => {
  const folder = t.testdir()
  const path = (name: string) => join(folder, name)
  await mkdir(path('folder'))
  await replaceWithFifo(path('fifo'))
  await replaceWithFifo(path('fed'))
  await symlink('fifo', path('link'))
  await symlink('/dev/zero', path('device'))
  const feeder = await open(path('fed'), constants.O_RDWR | constants.O_NONBLOCK)
  t.teardown(async () => await feeder.close())
  await writeFile(feeder, 'content of a FIFO')
  const before = await openFiles()
  for (const [name, expected] of [
    ['fifo', new NotRegularFile()],
    ['fed', new NotRegularFile()],
    ['link', new NotRegularFile()],
    ['device', new NotRegularFile()],
    ['folder', { code: 'EISDIR' }],
  ] as const) {
    await Promise.all(
      Array.from({ length: 8 }, async () => await t.rejects(readRegularFile(path(name)), expected, name))
    )
  }
  t.equal(await openFiles(), before)
})

t.test('a file that cannot be examined is closed', async t => {
  const path = join(t.testdir({ file: 'content' }), 'file')
  const before = await openFiles()
  const open = (async (...parameters: Parameters<typeof fileSystem.open>) => {
    const handle = await fileSystem.open(...parameters)
    handle.stat = async () => { throw Object.assign(new Error('injected'), { code: 'EIO' }) }
    return handle
  }) as typeof fileSystem.open
  await t.rejects(openRegularFile(path, { ...fileSystem, open }), { code: 'EIO' })
  t.equal(await openFiles(), before)
})
