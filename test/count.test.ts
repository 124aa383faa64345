import t from 'tap'
import { count } from './count.js'

const VARIABLE = 'FAULT_COUNT_OF_THE_TEST'

t.test('a count that would try nothing is refused by name', async t => {
  t.teardown(() => { delete process.env[VARIABLE] })
  t.equal(count(VARIABLE, 15), 15)
  process.env[VARIABLE] = '2000'
  t.equal(count(VARIABLE, 15), 2000)
  for (const text of ['', '0', '-1', '1.5', '1e3', ' 1', 'many', 'NaN', 'Infinity']) {
    process.env[VARIABLE] = text
    t.throws(() => count(VARIABLE, 15), {
      message: `${VARIABLE} must be a whole number from 1 to 9999999999, not "${text}"`
    })
  }
})
