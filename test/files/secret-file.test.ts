import { execFileSync } from 'node:child_process'
import { chmod, chown, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { loadEnclaveSecret } from '../../src/enclave/secret.js'
import { readSecretFile, UnsafeSecretFile } from '../../src/files/secret-file.js'
import { cannotMount } from '../rights.js'

const isRoot = process.getuid!() === 0

t.test('modes', async t => {
  const path = join(t.testdir({ key: 'secret' }), 'key')
  for (const mode of [0o600, 0o400, 0o700, 0o711]) {
    await chmod(path, mode)
    t.same(await readSecretFile(path), { content: Buffer.from('secret'), problem: null }, mode.toString(8))
  }
  for (const mode of [0o640, 0o620, 0o604, 0o602, 0o666, 0o444]) {
    await chmod(path, mode)
    const problem = `has mode 0${mode.toString(8)}, so that other users can read or write it`
    await t.rejects(readSecretFile(path), new UnsafeSecretFile(problem, `chmod 600 ${path}`))
  }
  await t.rejects(readSecretFile(`${path}.none`), { code: 'ENOENT' })
  await t.rejects(readSecretFile(join(path, '..')), { code: 'EISDIR' })
})

t.test('owners', { skip: !isRoot && 'only root can give files away' }, async t => {
  const path = join(t.testdir({ key: 'secret' }), 'key')
  await chmod(path, 0o600)
  await chown(path, 12345, 0)
  await t.rejects(
    readSecretFile(path),
    new UnsafeSecretFile("belongs to user 12345, who is neither this service's user nor root", `chown 0 ${path}`)
  )
})

t.test('the enclave\'s secret: the start-up stops', async t => {
  const folder = t.testdir({ key: Buffer.alloc(32, 7) })
  const path = join(folder, 'key')
  await chmod(path, 0o644)
  await t.rejects(loadEnclaveSecret({ path, folder, production: true }),
    {
      message: `The enclave's secret ${path} has mode 0644, so that other users can read or write it: chmod 600 ${path}`,
    })
  await writeFile(`${folder}/table`, '36 35 98:0 / / ro - ext4 /dev/x rw\n')
  t.match(await loadEnclaveSecret({ path, folder, production: true, mountTable: `${folder}/table` }),
    {
      secret: Buffer.alloc(32, 7),
      warning: `The enclave's secret ${path} has mode 0644, so that other users can read or write it: mount it with mode 0400 and this service's user as its owner`,
    })
})

t.test('the mount table decides whether a file is on a read-only file system', async t => {
  const folder = t.testdir({ 'a key': 'secret', table: '' })
  const path = join(folder, 'a key')
  const mountTable = join(folder, 'table')
  const problem = 'has mode 0444, so that other users can read or write it'
  const line = (point: string, options: string) =>
    `36 35 98:0 / ${point.replaceAll(' ', '\\040')} ${options} shared:1 - ext4 /dev/x rw`
  const read = async (...lines: string[]) => {
    await writeFile(mountTable, `${lines.join('\n')}\n`)
    return (await readSecretFile(path, { mountTable }).catch((error: Error) => error.message))
  }
  const refused = `${problem}: chmod 600 ${path}`
  const warned = { content: Buffer.from('secret'), problem }
  await chmod(path, 0o444)
  t.equal(await read(line('/', 'rw,relatime')), refused)
  t.same(await read(line('/', 'ro,relatime')), warned)
  t.same(await read(line('/', 'rw'), line(folder, 'ro')), warned)
  t.same(await read(line('/', 'rw'), line(path, 'relatime,ro')), warned)
  t.equal(await read(line('/', 'ro'), line(folder, 'rw,errors=remount-ro')), refused)
  t.equal(await read(line(folder, 'ro'), line(folder, 'rw')), refused, 'the last of two over each other')
  t.equal(await read(line('/', 'rw'), line(`${folder}/a`, 'ro')), refused)
  await chmod(path, 0o464)
  t.match(await read(line('/', 'ro')), /^has mode 0464/)
})

// A mount namespace of its own ends with its processes.
t.test('a mounted secret, others may only read it: a warning', { skip: cannotMount }, async t => {
  const folder = t.testdir({ mount: {} })
  const path = join(folder, 'mount/secp.sec')
  const source = new URL('../../dist/src/enclave/secret.js', import.meta.url).href
  const program = `
    import { loadEnclaveSecret } from ${JSON.stringify(source)}
    const place = { path: ${JSON.stringify(path)}, folder: '/nowhere', production: true }
    const load = async () => (await loadEnclaveSecret(place).catch(error => ({ warning: error.message }))).warning
    const { execFileSync } = await import('node:child_process')
    const writable = await load()
    execFileSync('mount', ['-o', 'remount,ro', ${JSON.stringify(join(folder, 'mount'))}])
    console.log(JSON.stringify([writable, await load()]))`
  const script =
    'mount -t tmpfs none "$0/mount" && umask 0333 && head -c 32 /dev/zero | tr "\\0" k > "$0/mount/secp.sec" && exec node --input-type=module -e "$1"'
  const problem = 'has mode 0444, so that other users can read or write it'
  t.same(
    JSON.parse(
      execFileSync('unshare', ['-m', 'sh', '-c', script, folder, program], {
        encoding: 'utf8', env: { PATH: process.env['PATH'] }
      })
    ),
    [
      `The enclave's secret ${path} ${problem}: chmod 600 ${path}`,
      `The enclave's secret ${path} ${problem}: mount it with mode 0400 and this service's user as its owner`,
    ]
  )
})
