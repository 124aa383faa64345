import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import t from 'tap'
import { build } from '../helper.js'

const run = promisify(execFile)
const TYPES = [
  'application/json', 'application/octet-stream', 'application/x-www-form-urlencoded', 'text/plain; charset',
  'nonsense', ';;',
]

t.test('a body without bytes is no body, whatever its headers say', async t => {
  const service = await build(t)
  const key = await service.generateApiKey()
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo

  const ask = async (version: string, path: string, headers: string[], body = '') => {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write([
      `POST /api/${path} HTTP/${version}`, 'host: x', `api-key: ${key}`, ...headers, 'connection: close', '', body
    ].join('\r\n'))
    return (await text(socket)).split('\r\n')[0]
  }

  const lengths = [
    ['1.1', ['content-length: 0'], ''],
    ['1.1', ['content-length: 00'], ''],
    ['1.1', [], ''],
    ['1.1', ['transfer-encoding: chunked'], '0\r\n\r\n'],
    ['1.0', ['content-length: 0'], ''],
    ['1.0', [], ''],
  ] as const
  for (const [version, length, body] of lengths) {
    for (const type of TYPES) {
      for (const coding of [[], ['content-encoding: gzip']]) {
        const headers = [...length, `content-type: ${type}`, ...coding]
        t.equal(
          await ask(version, 'stopGenerator', headers, body), 'HTTP/1.1 200 OK', `${version} ${headers.join(', ')}`
        )
        t.equal(
          await ask(version, 'signAddress', headers, body),
          'HTTP/1.1 400 INVALID_REQUEST',
          `${version} ${headers.join(', ')}`
        )
      }
    }
  }
  for (const type of TYPES.slice(1)) {
    t.equal(
      await ask('1.1', 'stopGenerator', [`content-type: ${type}`, 'content-length: 9'], '{'),
      'HTTP/1.1 415 UNSUPPORTED_MEDIA_TYPE',
      `${type}, before all of it has come`
    )
    t.equal(
      await ask('1.1', 'stopGenerator', [`content-type: ${type}`, 'transfer-encoding: chunked'], '1\r\n{\r\n'),
      'HTTP/1.1 415 UNSUPPORTED_MEDIA_TYPE',
      `${type}, before all of it has come`
    )
  }
  t.equal(
    await ask(
      '1.1', 'stopGenerator', ['content-type: application/json', 'transfer-encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n'
    ),
    'HTTP/1.1 200 OK'
  )
})

t.test('curl, wget and Python', async t => {
  const service = await build(t)
  const key = await service.generateApiKey()
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/api/stopGenerator`
  const python = `import http.client
connection = http.client.HTTPConnection('127.0.0.1', ${port})
headers = {'api-key': '${key}', 'content-type': 'application/octet-stream'}
connection.request('POST', '/api/stopGenerator', body=BODY, headers=headers)
print(connection.getresponse().read().decode())`
  const commands: [string, string[]][] = [
    ['curl', ['-s', '-d', '', '-H', `api-key: ${key}`, url]],
    ['curl', ['-s', '-X', 'POST', '-H', 'content-type: application/octet-stream', '-H', `api-key: ${key}`, url]],
    ['curl', ['-s', '-X', 'POST', '-T', '/dev/null', '-H', 'content-type: text/plain', '-H', `api-key: ${key}`, url]],
    ['wget', ['-qO-', '--post-data=', `--header=api-key: ${key}`, url]],
    ['python3', ['-c', python.replace('BODY', "b''")]],
    ['python3', ['-c', python.replace('BODY', 'iter(())')]],
  ]
  for (const [command, parameters] of commands) {
    const available = await run('sh', ['-c', `command -v ${command}`]).then(() => true, () => false)
    await t.test(`${command} ${parameters.join(' ').slice(0, 40)}`, {
      skip: !available && `${command} is not installed`
    }, async t => {
      const { stdout } = await run(command, parameters)
      t.match(JSON.parse(stdout), { status: 'success' })
    })
  }
})
