import { test } from 'tap'
import { parseSupervisorAddress } from '../../../src/supervisor/xml-rpc/connection.js'

function basic (credentials: string): string {
  return `Basic ${Buffer.from(credentials).toString('base64')}`
}

test('addresses', t => {
  t.strictSame(parseSupervisorAddress('http://127.0.0.1:9001'), {
    origin: 'http://127.0.0.1:9001', socketPath: null, authorization: null, shown: 'http://127.0.0.1:9001'
  })
  t.strictSame(parseSupervisorAddress('http://u:p%40%3A%25ü@localhost:9001/RPC2'), {
    origin: 'http://localhost:9001', socketPath: null, authorization: basic('u:p@:%ü'), shown: 'http://localhost:9001'
  })
  t.strictSame(parseSupervisorAddress('unix:///run/s.sock'), {
    origin: 'http://localhost', socketPath: '/run/s.sock', authorization: null, shown: 'the unix socket s.sock'
  })
  t.strictSame(parseSupervisorAddress('unix://u@/run/s.sock'), {
    origin: 'http://localhost', socketPath: '/run/s.sock', authorization: basic('u:'), shown: 'the unix socket s.sock'
  })
  t.end()
})

test('an unusable address is an error without the secrets', t => {
  for (const url of [
    '', 'localhost:9001', 'https://u:s3cret@h:1', 'unix://u:s3cret@run/s.sock', 'http://u:s3cret@h:port',
    'http://u:s3cret%@h:1', 'http://', 'ftp://h',
  ]) {
    t.throws(() => parseSupervisorAddress(url), { message: /SUPERVISORD_URL/ }, url)
    try {
      parseSupervisorAddress(url)
    } catch (error) {
      t.notMatch((error as Error).message, /s3cret/)
    }
  }
  t.end()
})
