import t from 'tap'
import { type EncryptedFields, readEncryptedBody } from '../../src/enclave/encrypted-body.js'
import { random } from '../random.js'

const read = (text: string): EncryptedFields | null => readEncryptedBody(Buffer.from(text))

t.test('reads what JSON.parse reads', async t => {
  const space = (): string => ' \t\n\r'.slice(Math.floor(random() * 5)).slice(0, Math.floor(random() * 3))
  const array = (): string =>
    `[${Array.from({ length: Math.floor(random() * 300) }, () => `${space()}${Math.floor(random() * 256)}${space()}`).join(',')}]`
  for (let round = 0; round < 500; round++) {
    const names = ['request', 'response_key', 'signature'].sort(() => random() - 0.5).slice(round % 3)
    const members = names.map(name => `${space()}"${name}"${space()}:${space()}${array()}${space()}`)
    const text = `${space()}{${members.join(',')}}${space()}`
    const expected = Object.entries(JSON.parse(text)).map(([name, values]) => [name, Buffer.from(values as number[])])
    t.strictSame(Object.entries(read(text) ?? {}), expected)
  }
})

t.test('an entry that is no byte is refused, whatever follows', async t => {
  const entries = [
    '256', '1000', '-1', '-0', '1.5', '1.0', '1e2', '01', '00', '1 2', '[1]', '"1"', 'null', '{}', ',1', '1,', ',',
    '1 ,, 2',
  ]
  for (const entry of entries) {
    const error = { code: 'ENCRYPTED_BODY_INVALID', statusCode: 400, data: { field: 'signature' } }
    t.throws(() => read(`{"request":[1],"signature":[${entry}]}`), error, entry)
    t.throws(() => read(`{"request":[1],"signature":[3,${entry}],"response_key":[]}`), error, `3,${entry}`)
  }
  const unfinished = { code: 'ENCRYPTED_BODY_INVALID', statusCode: 400, data: { field: 'request' } }
  t.throws(() => read('{"request":[1,2'), unfinished, 'unfinished')
})

t.test('every other text is left to JSON.parse', async t => {
  const texts = [
    '', ' ', '{', '{}', '[]', '[1]', 'null', '"request"', '{"request":5}', '{"request":"[1]"}',
    '{"request":null,"signature":[1]}', '{"generator_config":[1]}', '{"request":[1],"private_key":[1]}',
    '{"request":[1],"request":[2]}', '{"request":[1]', '{"request":[1],}', '{"request":[1]}}', '{"request":[1]} x',
    '{"request":[1] "signature":[1]}', ',"request":[1]}', '{,"request":[1]}', '{"\\u0072equest":[1]}',
    '{"__proto__":[1]}', '\ufeff{"request":[1]}', `{${' '.repeat(200)}"request":[1]}`,
    `{"request":[1]${' '.repeat(200)}}`, '{"request" [1]}', '{request:[1]}',
  ]
  for (const text of texts) t.equal(read(text), null, text)
})
