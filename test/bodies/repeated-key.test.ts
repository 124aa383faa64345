import t from 'tap'
import { findRepeatedKey } from '../../src/bodies/repeated-key.js'

t.test('a key twice in one object is found', async t => {
  const cases: [string, string][] = [
    ['{"a":1,"a":2}', 'a'],
    ['{"a":{"b":1,"c":[{"d":1 , "d" :2}]}}', 'd'],
    ['{"a":{"x":1},"b":{},"a":[]}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"":1,"":2}', ''],
    ['{"a\\"b":1,"a\\u0022b":2}', 'a"b'],
    ['[{"q":"}","q":"{"}]', 'q'],
    ['{"a":"\\\\","a":1}', 'a'],
  ]
  for (const [text, key] of cases) {
    t.ok(JSON.parse(text))
    t.equal(findRepeatedKey(text), key, text)
  }
})

t.test('one key in several objects, and strings that look like keys, are not', async t => {
  for (const text of [
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}', '["a","a"]', '{"a":"a","b":"a"}', '{"a":"\\"a\\":1,{","b":"}"}', '"a"',
    '1', '{}', '[]', '{"a":1,"A":2}',
  ]) {
    t.equal(findRepeatedKey(text), undefined, text)
  }
  t.equal(findRepeatedKey(`${'[{"a":'.repeat(1e5)}1${'}]'.repeat(1e5)}`), undefined)
  t.equal(findRepeatedKey(JSON.stringify({ a: '"\\'.repeat(2e6), b: 'x'.repeat(4e6) })), undefined)
})
