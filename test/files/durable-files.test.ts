import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { replaceFile } from '../../src/files/durable-files.js'
import { recordedFiles } from '../fixtures/recorded-files.js'

t.test('a file that was taken back is on disk before the fault is told', async t => {
  const folder = t.testdir()
  const path = join(folder, 'file')
  await writeFile(path, 'old')
  const { files, done } = recordedFiles(folder, { failing: 'sync .' })
  await t.rejects(replaceFile(path, 'new', files), { code: 'EIO' })
  t.equal(await readFile(path, 'utf8'), 'old')
  t.same(
    done.filter(call => /^(rename|sync) /.test(call)),
    ['sync file.ID.tmp', 'rename file.ID.tmp file', 'rename file.ID.tmp file', 'sync .']
  )
})
