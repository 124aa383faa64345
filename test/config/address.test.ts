import { createHash } from 'node:crypto'
import t from 'tap'
import { checksumAll, checksummed } from '../../src/chain/address.js'
import { warnOfTypos } from '../../src/config/address-warnings.js'

const addresses = Array.from(
  { length: 1_000 }, (_, index) => `0x${createHash('sha1').update(String(index)).digest('hex')}`
)

t.test('many addresses are hashed over many turns of the event loop', async t => {
  let turns = 0
  const timer = setInterval(() => { turns += 1 }, 0)
  const checksums = await checksumAll(addresses)
  clearInterval(timer)
  t.ok(turns >= 5, `${turns} turns for others`)
  t.same([...checksums], addresses.map(address => [address, checksummed(address)]))
})

t.test('a known checksum is not hashed again, and warns of the same', async t => {
  const right = addresses.map(checksummed).filter(address => /[a-f]/.test(address))
  const wrong = right.slice(0, 3).map(address => address.replace(/[a-f]/, letter => letter.toUpperCase()))
  const fields = Object.fromEntries([...right, ...wrong].map((address, index) => [`field/${index}`, address]))
  const { warnings } = await warnOfTypos(fields)
  t.equal(warnings?.length, 3)
  t.same(await warnOfTypos(fields, new Set(right)), { warnings })
  t.same(await warnOfTypos(fields, new Set(Object.values(fields))), {}, 'only the set is asked')
})
