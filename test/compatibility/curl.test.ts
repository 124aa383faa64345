import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { startService } from '../service-process.js'
import { originalBody } from './original.js'

const run = promisify(execFile)
const hasCurl = await run('curl', ['--version']).then(() => true, () => false)

t.test('scripts with curl', { skip: !hasCurl && 'this machine has no curl' }, async t => {
  const { url } = await startService(t, { folder: t.testdir() })
  const curl = async (...options: string[]) => {
    const { stdout } = await run('curl', ['-s', '-w', '\n%{http_code}', ...options])
    const [body = '', status] = stdout.split('\n')
    return { status: Number(status), body: JSON.parse(body) }
  }
  const { body: { data: key } } = await curl('-X', 'POST', `${url}/api/generateApiKey`)
  const json = ['-H', 'Content-Type: application/json']
  const setup = await originalBody('generatorConfigSetup')
  const withHeader = ['-H', `api-key: ${key}`]
  t.match(
    await curl(...withHeader, ...json, '-d', setup, `${url}/api/generatorConfigSetup`),
    { status: 200, body: { message: 'Config done' } }
  )
  const ways = {
    header: withHeader,
    'header in capitals': ['-H', `API-KEY: ${key}`],
    bearer: ['-H', `Authorization: Bearer ${key}`],
    user: ['-u', `operator:${key}`],
    'HTTP/1.0': ['-0', ...withHeader],
    'JSON content-type without a body': [...withHeader, ...json],
    'empty body': [...withHeader, ...json, '-d', ''],
    'empty object': [...withHeader, ...json, '-d', '{}'],
  }
  for (const [way, options] of Object.entries(ways)) {
    t.match(
      await curl('-X', 'POST', ...options, `${url}/api/stopGenerator`),
      { status: 200, body: { status: 'success', message: 'Generator is not running' } },
      way
    )
  }
  t.match(await curl(`${url.replace('http://', `http://operator:${key}@`)}/api/getGeneratorStatus`), { status: 200 })
  t.match(
    await curl(
      '-X',
      'DELETE',
      ...withHeader,
      ...json,
      '-d',
      '{"address":"0xB05E1DA573707223574443AC6DD1054A9E3A451F"}',
      `${url}/api/removeGenerator`
    ),
    { status: 200, body: { message: 'Removed Generator' } }
  )
  // curl -d without -H sends a form. No client of the original sent one.
  t.match(
    await curl(...withHeader, '-d', setup, `${url}/api/generatorConfigSetup`),
    { status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } }
  )
  t.match(await curl(`${url}/api/getGeneratorStatus`), { status: 401, body: { code: 'API_KEY_MISSING' } })
})
