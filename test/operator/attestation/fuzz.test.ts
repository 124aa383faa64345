import t from 'tap'
import { fuzz } from '../../fixtures/attestation/fuzz.js'

/** test/properties/attestation.test.ts judges more. */
const DOCUMENTS = 300

t.test('mutated documents are accepted or refused', async t => fuzz(t, DOCUMENTS))
