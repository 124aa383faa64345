import { execFile } from 'node:child_process'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { EXIT_CODES } from '../../../operator/cli/exit-codes.js'
import { startService } from '../../service-process.js'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../../..')
const [commandLine, typeScript] = (await Promise.all(
  ['cli', 'client'].map(async name => await readFile(join(root, `docs/${name}.md`), 'utf8'))
)) as [string, string]

/** Values that differ from run to run: keys, addresses derived from them, times, process ids, paths. */
function comparable (output: string): string {
  return output
    .replace(/0x[0-9a-f]{40,}\b/g, '0xHEX')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/^( +(?:Process|Running for|v) +)\d+( s)?$/gm, '$1NUMBER')
    .replace(/saved (it )?to \/[^\s:]*/g, 'saved to FILE')
}

t.test('the table of exit codes is the catalogue', async t => {
  const rows = Object.values(EXIT_CODES).map(({ code, meaning }) => `| ${code} | ${meaning} |`)
  t.match(commandLine, `| Exit code | Meaning |\n|---|---|\n${rows.join('\n')}\n`)
})

t.test('the commands and the example in TypeScript print what the guide says', async t => {
  const folder = t.testdir({ data: {}, operator: {}, bin: {} })
  const program = join(folder, 'bin/generator-client')
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${root}/dist/operator/cli/main.js' "$@"\n`)
  await chmod(program, 0o700)
  const service = await startService(t, {
    folder: join(folder, 'data'), variables: { SUPERVISORD_CONF: join(root, 'supervisord/supervisord.conf') }
  })
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
    GENERATOR_CLIENT_URL: service.url,
    XDG_CONFIG_HOME: join(folder, 'operator'),
  }
  const options = { cwd: join(folder, 'operator'), env: environment }
  const steps = [...commandLine.matchAll(/```sh\n([^`]*)```\n(?:```text\n([^`]*)```\n)?/g)]
  t.equal(steps.length, 15)
  for (const [, command = '', output = ''] of steps) {
    const { stdout, stderr } = await run('bash', ['-c', command], options)
    t.equal(comparable(stdout), comparable(output), command)
    t.equal(stderr, '')
  }

  const [, example = '', output = ''] = /```ts\n([^`]*)```\n```text\n([^`]*)```\n/.exec(typeScript) ?? []
  await writeFile(join(folder, 'example.mjs'), example)
  const profile = JSON.parse(await readFile(join(folder, 'operator/generator-client/profile.json'), 'utf8'))
  environment['GENERATOR_CLIENT_API_KEY'] = profile.api_key
  environment['GENERATOR_CLIENT_ENCLAVE_KEY'] = profile.enclave_public_key
  await run(program, ['start'], options)
  const { stdout } = await run(process.execPath, [join(folder, 'example.mjs')], options)
  t.equal(stdout, output)
})
