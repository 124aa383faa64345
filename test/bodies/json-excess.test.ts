import t from 'tap'
import { findExcess } from '../../src/bodies/json-excess.js'
import { build } from '../helper.js'

t.test('arrays and objects in each other are counted, not those beside each other or in strings', async t => {
  const cases: [string, number][] = [
    ['1', 0],
    ['"[[["', 0],
    ['"\\"[[["', 0],
    ['"\\\\",[[', 2],
    ['[]', 1],
    ['[[],[],[]]', 2],
    ['{"a":{"b":[1]},"c":{}}', 3],
    ['{"a]":{"b":[1]}}', 3],
  ]
  for (const [text, levels] of cases) {
    t.equal(findExcess(Buffer.from(text), { levels, keys: 9 }), undefined, text)
    if (levels > 0) t.equal(findExcess(Buffer.from(text), { levels: levels - 1, keys: 9 }), 'levels', text)
  }
})

t.test('keys of all objects are counted, not colons in strings', async t => {
  const cases: [string, number][] = [
    ['{}', 0],
    ['[":",":"]', 0],
    ['{"a":1}', 1],
    ['{"a:\\":b":"c:d"}', 1],
    ['{"a" : {"b":1},"c":[{"d":1}]}', 4],
  ]
  for (const [text, keys] of cases) {
    t.equal(findExcess(Buffer.from(text), { levels: 9, keys }), undefined, text)
    if (keys > 0) t.equal(findExcess(Buffer.from(text), { levels: 9, keys: keys - 1 }), 'keys', text)
  }
})

t.test('a body of many keys is refused before it is parsed', async t => {
  const service = await build(t)
  await service.generateApiKey()
  const many = Object.fromEntries(Array.from({ length: 330_000 }, (_, index) => [index, 0]))
  for (const body of [many, { generator_config: [many] }]) {
    const answer = await service.send('POST', '/api/generatorConfigSetup', body)
    t.same(answer.json(), {
      status: 'error',
      statusCode: 400,
      code: 'INVALID_REQUEST',
      message: 'The body has more than 32768 keys: send fewer',
      data: null,
    })
  }
})
