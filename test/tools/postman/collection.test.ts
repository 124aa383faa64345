import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { operations } from '../../../schemas/operations.js'
import { createCollection } from '../../../tools/postman/collection.js'
import { DAY, LEFT_OUT } from '../../../tools/postman/day.js'

const COLLECTION = join(import.meta.dirname, '../../../deploy/postman/generator-client.postman_collection.json')

t.test('the collection in deploy/ is current', async t => {
  t.same(JSON.parse(await readFile(COLLECTION, 'utf8')), createCollection(), 'run `npm run postman`')
})

t.test('every operation has its place in the day', async t => {
  t.same([...DAY, ...LEFT_OUT].sort(), Object.keys(operations).sort(), 'add it to tools/postman/day.ts')
})

t.test('no request carries a secret of the examples', async t => {
  const sent = JSON.stringify(createCollection())
  t.notMatch(sent, operations.generatorConfigSetup.schema.examples.body.runtime_config.private_key)
  t.match(sent, '{{private-key}}')
})
