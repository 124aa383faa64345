import t from 'tap'
import { anvilBinary } from './anvil.js'

/** Resolves like a tree of packages that holds nothing but `present`. */
function only (present: string) {
  return (path: string) => {
    if (path.endsWith(present)) return path
    throw new Error(`Cannot find module ${path}`)
  }
}

t.test('the place of the node', async t => {
  t.match(anvilBinary(), /node_modules.*anvil$/, 'installed here')
  t.match(
    anvilBinary(only('/bin/anvil')),
    new RegExp(`^@foundry-rs/anvil-${process.platform}-\\w+/bin/anvil$`),
    'as a package of its own'
  )
  t.equal(anvilBinary(only('anvil/anvil')), '@foundry-rs/anvil/anvil', 'fetched by the install script')
  t.throws(() => anvilBinary(only('nothing')), /^anvil is not installed for .*: run npm rebuild/)
})
