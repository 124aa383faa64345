import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { assertUsableDotenv } from '../../src/files/dotenv-file.js'
import { replaceWithFifo } from '../fixtures/fifo.js'

t.test('contents that dotenv reads in full', async t => {
  const file = join(t.testdir(), '.env')
  await t.resolves(assertUsableDotenv(file), 'no file')
  const contents = [
    '', '\n# a comment\n  \n', 'PORT=5000', '\ufeffPORT=5000\r\nHOST=::1\r\n', 'export PORT = 5000 # mine',
    'PORT: 5000', 'EMPTY=', 'PORT=1\rHOST=2', 'A="x\ny=z\n# w"\nB=\'#\'\nC=`"`', 'A="one \\" two" # three', 'A=b"c',
    'URL=unix:///run/x.sock',
  ]
  for (const content of contents) {
    await writeFile(file, content)
    await t.resolves(assertUsableDotenv(file), content)
  }
})

t.test('contents that dotenv would read in part, or not at all', async t => {
  const file = join(t.testdir(), '.env')
  const cases: [string | Buffer, string][] = [
    [Buffer.from('\ufeffPORT=1', 'utf16le'), 'is UTF-16 text: save it as UTF-8'],
    [Buffer.from('\ufeffPORT=1', 'utf16le').swap16(), 'is UTF-16 text: save it as UTF-8'],
    [Buffer.from('PORT=1', 'utf16le'), 'has a NUL byte: save it as UTF-8 text'],
    ['PORT=1\0', 'has a NUL byte: save it as UTF-8 text'],
    [Buffer.from('A=caf\u00e9', 'latin1'), 'is not UTF-8 text: save it as UTF-8'],
    [`#${'x'.repeat(65536)}`, 'is larger than 64 KiB: is it the right file?'],
    ['PORT=1\nset -e', 'has no assignment in line 2: write NAME=value, or make it a comment with #'],
    ['API KEY=1', 'has no assignment in line 1: write NAME=value, or make it a comment with #'],
    ['PORT=1\r\nHOST=x\r\nexport PORT=2', 'sets PORT in line 1 and again in line 3: leave one'],
    ['A="x\ny"\nA=2', 'sets A in line 1 and again in line 3: leave one'],
    ['A="x\nB=1', 'has a " in line 1 that is never closed'],
    ["A='x' y", "has text after the closing ' of A, set in line 1: quote the whole value"],
    [
      'SUPERVISORD_URL=http://u:p#w@h',
      'has a # within the value of SUPERVISORD_URL in line 1, where a comment would start: quote the value',
    ],
  ]
  for (const [content, problem] of cases) {
    await writeFile(file, content)
    await t.rejects(assertUsableDotenv(file), { message: `${file} ${problem}` }, problem)
  }
})

t.test('a folder or a link in the place of a file', async t => {
  const folder = t.testdir()
  const rejects = async (name: string, problem: string) =>
    await t.rejects(assertUsableDotenv(join(folder, name)), { message: `${join(folder, name)} ${problem}` })
  await mkdir(join(folder, 'folder'))
  await rejects('folder', 'is a folder: put a text file there, or remove it')
  await symlink('loop', join(folder, 'loop'))
  await rejects('loop', 'is a link to itself: put a text file there, or remove it')
  await symlink('nothing', join(folder, 'dangling'))
  await rejects('dangling', 'is a link to nothing: put a text file there, or remove it')
  await replaceWithFifo(join(folder, 'fifo'))
  await rejects('fifo', 'is not a regular file: put one there, or remove it')
  await symlink('/dev/zero', join(folder, 'endless'))
  await rejects('endless', 'is larger than 64 KiB: is it the right file?')
  await symlink('/dev/null', join(folder, 'mask'))
  await t.resolves(assertUsableDotenv(join(folder, 'mask')), 'a mask of /dev/null is as good as no file')
  await symlink('/proc/self/mem', join(folder, 'failing'))
  await rejects('failing', 'cannot be read: EIO: i/o error, read')
})
