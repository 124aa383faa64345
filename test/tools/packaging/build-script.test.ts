import { execFile } from 'node:child_process'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { projectFolder } from '../../project.js'

const run = promisify(execFile)

/** Stands in for docker and nitro-cli: records its calls. enclaves.json lists the running enclaves. */
const RECORDER = `#!/bin/sh
echo "\${0##*/} $*" >> "$RECORDS/calls"
[ "$1" = describe-enclaves ] && cat "$RECORDS/enclaves.json"
[ "$1" = build-enclave ] && echo '{"Measurements":{"PCR0":"00"}}'
[ "$1" != terminate-enclave ] || echo '[]' > "$RECORDS/enclaves.json"
`

const OURS = { EnclaveName: 'generator-client', EnclaveID: 'i-1', EnclaveCID: 88, State: 'RUNNING' }
const STRANGE = { EnclaveName: 'somebody', EnclaveID: 'i-2', EnclaveCID: 88, State: 'RUNNING' }

/** build.sh in a repository of its own. `call` returns its exit code and last line, and the calls that it made. */
async function setUp (t: Test, { enclaves = [] as object[], files = {} } = {}) {
  const folder = t.testdir({
    deploy: { enclave: { programs: { 'kalypso-generator': '' } } },
    release: { 'generator-client': { SHA256SUMS: '' } },
    bin: {},
    'enclaves.json': JSON.stringify(enclaves),
    calls: '',
    ...files,
  })
  await copyFile(join(projectFolder(), 'deploy/enclave/build.sh'), join(folder, 'deploy/enclave/build.sh'))
  for (const name of ['docker', 'nitro-cli']) await writeFile(join(folder, 'bin', name), RECORDER, { mode: 0o755 })
  const env = {
    ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, RECORDS: folder, NODE_OPTIONS: ''
  }
  return async (...parameters: string[]) => {
    const outcome = await run(join(folder, 'deploy/enclave/build.sh'), parameters, { env }).then(
      () => ({ code: 0, stderr: '' }), error => error
    )
    const calls = (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n')
    return {
      code: outcome.code,
      error: outcome.stderr.trim().split('\n').at(-1),
      changes: calls.filter(call => call !== '' && !call.includes('describe-enclaves')),
    }
  }
}

const BUILD =
  'docker build --file deploy/enclave/Dockerfile --platform linux/amd64 --target classic --tag generator-client-enclave:classic --build-arg REQUIRE_ENCRYPTION=true --build-arg API_KEY_SHA256= .'
const PRUNE = 'docker image prune --force --filter label=org.opencontainers.image.title=generator-client-enclave'
const EIF =
  'nitro-cli build-enclave --docker-uri generator-client-enclave:classic --output-file deploy/enclave/out/generator-client.eif'
const RUN =
  'nitro-cli run-enclave --enclave-name generator-client --enclave-cid 88 --eif-path deploy/enclave/out/generator-client.eif --cpu-count 2 --memory 4096'
const WITH_EIF = { deploy: { enclave: { programs: { 'kalypso-generator': '' }, out: { 'generator-client.eif': '' } } } }

t.test('all: builds the image, makes the EIF, runs it, and removes no image but its own of before', async t => {
  const call = await setUp(t, { files: WITH_EIF })
  t.same(await call('all'), { code: 0, error: '', changes: [BUILD, PRUNE, EIF, RUN] })
})

t.test('the script names missing files and the way to get them', async t => {
  const withoutRelease = await setUp(t, { files: { release: {} } })
  t.same(await withoutRelease('image'), {
    code: 1, error: 'build.sh: release/generator-client is missing: npm ci && npm run release', changes: [],
  })
  const withoutGenerator = await setUp(t, { files: { deploy: { enclave: { programs: {} } } } })
  t.same(await withoutGenerator('image', 'cvm'), {
    code: 1,
    error: 'build.sh: deploy/enclave/programs/kalypso-generator is missing: put your generator there',
    changes: [],
  })
  const withoutEif = await setUp(t)
  t.same(await withoutEif('run'), {
    code: 1, error: 'build.sh: deploy/enclave/out/generator-client.eif is missing: build.sh eif', changes: []
  })
})

t.test('an enclave of ours is ended only with --replace', async t => {
  const call = await setUp(t, { enclaves: [OURS], files: WITH_EIF })
  const { code, error, changes } = await call('run')
  t.equal(code, 1)
  t.match(error, 'enclave generator-client runs already')
  t.same(changes, [])
  t.same(await call('run', '--replace'), {
    code: 0, error: '', changes: ['nitro-cli terminate-enclave --enclave-name generator-client', RUN]
  })
})

t.test('another enclave is left alone, also with --replace', async t => {
  const call = await setUp(t, { enclaves: [STRANGE], files: WITH_EIF })
  t.same(await call('run', '--replace'), {
    code: 1, error: 'build.sh: CID 88 belongs to enclave somebody, which is not ours: it is left alone', changes: [],
  })
})

t.test('the script prints its usage if there is no command', async t => {
  const call = await setUp(t)
  const { code, changes } = await call()
  t.equal(code, 2)
  t.same(changes, [])
})
