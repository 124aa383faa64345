import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { connectionsWithin, descriptorLimit } from '../../src/machine/descriptors.js'

t.test('the limit of this process, and what is assumed where none is told', async t => {
  t.ok(descriptorLimit() >= 64)
  const file = join(t.testdir(), 'limits')
  t.equal(descriptorLimit(file), 1024)
  await writeFile(file, 'Max open files            unlimited            unlimited            files\n')
  t.equal(descriptorLimit(file), 1024)
  await writeFile(
    file,
    'Limit                     Soft Limit           Hard Limit           Units\nMax open files            64                   128                  files\n'
  )
  t.equal(descriptorLimit(file), 64)
})

t.test('connections leave room for the service itself', async t => {
  t.same([64, 80, 96, 128, 1024, 1048576].map(connectionsWithin), [16, 16, 32, 64, 512, 524288])
  t.throws(() => connectionsWithin(63), {
    message: 'only 63 files may be open at once: raise the limit (ulimit -n) to 64 or more',
  })
})
