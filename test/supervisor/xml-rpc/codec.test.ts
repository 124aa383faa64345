import { test } from 'tap'
import { decodeAnswer, decodeText, encodeCall, type XmlRpcError } from '../../../src/supervisor/xml-rpc/codec.js'
import { recorded } from '../recorded/replay.js'
import { cpuMs } from '../../fixtures/cpu-time.js'

function decode (value: string): unknown {
  return decodeAnswer(Buffer.from(`<methodResponse><params><param>${value}</param></params></methodResponse>`))[0]
}

test('a call', t => {
  const call = encodeCall('supervisor.x<&>', ['ü<&>', -5, true, false]).toString()
  t.equal(
    call,
    '<?xml version="1.0"?><methodCall><methodName>supervisor.x&lt;&amp;&gt;</methodName><params>' +
      '<param><value><string>ü&lt;&amp;&gt;</string></value></param><param><value><int>-5</int></value></param>' +
      '<param><value><boolean>1</boolean></value></param><param><value><boolean>0</boolean></value></param></params></methodCall>'
  )
  t.end()
})

test('values', t => {
  const cases: Array<[string, unknown]> = [
    ['<value><int>-3</int></value>', -3],
    ['<value><i4> 7 </i4></value>', 7],
    ['<value><i8>9007199254740991</i8></value>', 9007199254740991],
    ['<value><double>-0.5</double></value>', -0.5],
    ['<value><boolean>1</boolean></value>', true],
    ['<value><boolean>0</boolean></value>', false],
    ['<value><nil/></value>', null],
    ['<value><string/></value>', ''],
    ['<value/>', ''],
    ['<value> untyped </value>', ' untyped '],
    ['<value><base64>w7w=</base64></value>', '\u00c3\u00bc'],
    ['<value><dateTime.iso8601>19980717T14:08:55</dateTime.iso8601></value>', '19980717T14:08:55'],
    ['<value><array><data><value><int>1</int></value><value>b</value></data></array></value>', [1, 'b']],
    ['<value><array><data/></array></value>', []],
    ['<value><struct><member><name>a</name><value><int>1</int></value></member></struct></value>', { a: 1 }],
    [
      '<value a="b"><!-- <not> -->&lt;&gt;&amp;&quot;&apos;&#65;&#x42;&other;&#1114112;</value>',
      '<>&"\'AB&other;&#1114112;',
    ],
  ]
  for (const [xml, value] of cases) t.strictSame(decode(xml), value, xml)
  t.end()
})

test('strings keep their bytes, text is made of them afterwards', t => {
  const body = Buffer.concat([
    Buffer.from('<methodResponse><params><param><value><string>'),
    Buffer.from([0xc3, 0xbc, 0xff, 0x1b]),
    Buffer.from('&#252;</string></value></param></params></methodResponse>'),
  ])
  const [bytes] = decodeAnswer(body)
  t.equal(bytes, '\u00c3\u00bc\u00ff\u001b\u00c3\u00bc')
  t.equal(decodeText(String(bytes)), 'ü\ufffd\u001bü')
  t.end()
})

test('a faulty answer is an error without a code', t => {
  const answer = (value: string): string =>
    `<methodResponse><params><param><value>${value}</value></param></params></methodResponse>`
  const cases: Record<string, RegExp> = {
    '': /empty/,
    '<': /not XML/,
    'HTTP/1.1 200 OK': /empty/,
    '<html></html>': /methodResponse/,
    '<methodResponse>': /too early/,
    '<methodResponse></fault>': /do not match/,
    '</methodResponse>': /do not match/,
    '<methodResponse><params><param/></params></methodResponse>': /<param> is empty/,
    [answer('<int>x</int>')]: /number/,
    [answer('<int> </int>')]: /number/,
    [answer('<array/>')]: /<array> is empty/,
    [answer('<struct><member><name>a</name></member></struct>')]: /member/,
    [answer('<struct><member/></struct>')]: /member/,
    '<methodResponse><fault/></methodResponse>': /<fault> is empty/,
    '<methodResponse><fault><value>x</value></fault></methodResponse>': /not a struct/,
    '<methodResponse><fault><value><struct/></value></fault></methodResponse>': /faultCode/,
    [`<methodResponse>${'<a>'.repeat(40)}`]: /deeply/,
  }
  for (const [xml, message] of Object.entries(cases)) {
    t.throws(() => decodeAnswer(Buffer.from(xml)), { name: 'XmlRpcError', code: null, message }, xml)
  }
  t.strictSame(decodeAnswer(Buffer.from('<methodResponse/>')), [], 'no parameters')
  t.end()
})

test('a megabyte of anything is read in no time', t => {
  const cases: Array<[start: string, part: string, message: RegExp]> = [
    ['<', 'a', /not XML/],
    ['<', 'a.-_', /not XML/],
    ['<a', ' b', /not XML/],
    ['', '<!--', /not XML/],
    ['', '<?xml ', /not XML/],
    ['', '&amp', /empty/],
    ['', '&#1', /empty/],
    ['', '<a/>', /methodResponse/],
  ]
  for (const [start, part, message] of cases) {
    const body = Buffer.from(start + part.repeat(2 ** 20 / part.length))
    const before = cpuMs()
    t.throws(() => decodeAnswer(body), { name: 'XmlRpcError', message }, start + part)
    t.ok(cpuMs() - before < 2_000)
  }
  t.end()
})

test('recorded answers', t => {
  for (const from of ['go-0.7.3', 'python-4.2.5'] as const) {
    t.match(decodeAnswer(recorded(from, 'info-running.xml')), [
      { name: 'steady', state: 20, pid: Number, exitstatus: 0 },
    ])
    t.strictSame(decodeAnswer(recorded(from, 'log.xml')).map(String).map(decodeText), ['grüße\n'])
    t.strictSame(decodeAnswer(recorded(from, 'start.xml')), [true])
    t.equal(decodeAnswer(recorded(from, 'all.xml')).flat().length, 10)
  }
  t.strictSame(decodeAnswer(recorded('go-0.7.3', 'tail.xml')).length, 3, 'Go sends three parameters')
  t.equal(decodeAnswer(recorded('go-0.7.3', 'tail.xml'))[1], '', 'one of them empty')
  t.match(decodeAnswer(recorded('python-4.2.5', 'tail.xml')), [[String, 8, false]])
  t.throws(() => decodeAnswer(recorded('go-0.7.3', 'info-unknown.xml')), {
    code: -32500, message: 'Application Error: no process named nobody'
  })
  t.throws(() => decodeAnswer(recorded('python-4.2.5', 'info-unknown.xml')), {
    code: 10, message: 'BAD_NAME: nobody'
  } satisfies Partial<XmlRpcError>)
  t.end()
})
