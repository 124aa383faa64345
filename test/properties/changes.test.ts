import assert from 'node:assert/strict'
import type { TSchema } from '@sinclair/typebox'
import fc from 'fast-check'
import t from 'tap'
import { ConfigurationSetup, RuntimeConfigUpdate } from '../../schemas/configuration.js'
import { addGenerator, removeGenerator, setUp, updateGenerator, updateRuntime } from '../../src/config/changes.js'
import type { CodedError } from '../../src/errors.js'
import { type DamagedFile, digest, GENERATOR_FILE, parse, print, RUNTIME_FILE } from '../../src/config/pair/files.js'
import { checksummed } from '../../src/chain/address.js'
import { dropNulls } from '../../schemas/validation/drop-nulls.js'
import { SECRET } from '../fixtures/configuration.js'
import {
  address, configurationSetup, generator, generatorUpdate, runtimeUpdate as anyRuntimeUpdate
} from './arbitraries.js'
import { holds } from './runs.js'

/** The service hands the change on in this form, without nulls. */
const runtimeUpdate = anyRuntimeUpdate.map(update => withoutNulls(RuntimeConfigUpdate, update))
const configuration = configurationSetup.map(setup => setUp(withoutNulls(ConfigurationSetup, setup), SECRET))

function withoutNulls<Value> (schema: TSchema, value: Value): Value {
  const copy = structuredClone(value)
  dropNulls(schema, copy)
  return copy
}

t.test('a printed configuration reads back as it was, and prints the same text again', async t => {
  await holds(t, fc.property(configuration, one => {
    assert.deepEqual(parse(print(one)), one)
    assert.equal(digest(print(parse(print(one)))[GENERATOR_FILE]), digest(print(one)[GENERATOR_FILE]))
  }))
})

t.test('no change touches what it is given', async t => {
  const cases = [configuration, runtimeUpdate, generatorUpdate, generator] as const
  await holds(t, fc.property(...cases, (one, runtime, update, added) => {
    const before = JSON.stringify(one)
    const changes = [
      () => updateRuntime(one, runtime),
      () => updateGenerator(one, update),
      () => addGenerator(one, added, SECRET),
      () => removeGenerator(one, added.address),
    ]
    for (const change of changes) {
      try {
        change()
      } catch (error) {
        assert.match((error as CodedError).code, /^GENERATOR_(EXISTS|NOT_FOUND)$/)
      }
    }
    assert.equal(JSON.stringify(one), before)
  }))
})

t.test('adding and removing a generator leaves what was there', async t => {
  await holds(t, fc.property(configuration, generator, (one, added) => {
    fc.pre(one.generators.every(({ address }) => address.toLowerCase() !== added.address.toLowerCase()))
    assert.deepEqual(removeGenerator(addGenerator(one, added, SECRET), added.address), one)
  }))
})

t.test('an update of the runtime twice is the same as once, and touches no other field', async t => {
  await holds(t, fc.property(configuration, runtimeUpdate, (one, update) => {
    const updated = updateRuntime(one, update)
    assert.deepEqual(updateRuntime(updated, update), updated)
    const others = Object.entries(one.runtime).filter(([field]) => !(field in update))
    for (const [field, value] of others) assert.deepEqual(updated.runtime[field as keyof typeof updated.runtime], value)
    assert.equal(updated.generators, one.generators)
  }))
})

t.test('an EIP-55 form does not depend on the letter case given, and is its own', async t => {
  await holds(t, fc.property(address, one => {
    const right = checksummed(one)
    assert.equal(checksummed(right), right)
    assert.equal(checksummed(one.toLowerCase()), right)
    assert.equal(right.toLowerCase(), one.toLowerCase())
  }))
})

t.test('whatever the text, a file is parsed or named as damaged', async t => {
  const text = fc.oneof(fc.string(), fc.json(), configuration.map(one => print(one)[GENERATOR_FILE]))
  await holds(t, fc.property(text, text, (generators, runtime) => {
    try {
      assert.ok(parse({ [GENERATOR_FILE]: generators, [RUNTIME_FILE]: runtime }))
    } catch (error) {
      assert.match((error as DamagedFile).file, /^(generator|runtime)_config.json$/)
    }
  }))
})
