import t from 'tap'
import { isDeeperThan } from '../src/json-depth.js'

t.test('arrays and objects in each other are counted, not those beside each other or in strings', async t => {
  const cases: [string, number][] = [
    ['1', 0], ['"[[["', 0], ['"\\"[[["', 0], ['"\\\\",[[', 2], ['[]', 1], ['[[],[],[]]', 2], ['{"a":{"b":[1]},"c":{}}', 3], ['{"a]":{"b":[1]}}', 3],
  ]
  for (const [text, depth] of cases) {
    t.equal(isDeeperThan(depth, Buffer.from(text)), false, text)
    if (depth > 0) t.equal(isDeeperThan(depth - 1, Buffer.from(text)), true, text)
  }
})
