import t from 'tap'
import { count } from '../count.js'
import { fuzz } from '../fixtures/attestation/fuzz.js'

t.test('mutated documents are accepted or refused, and take no memory', async t => {
  fuzz(t, count('FUZZ_DOCUMENTS', 3000))
})
