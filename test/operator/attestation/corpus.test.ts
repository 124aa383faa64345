import t from 'tap'
import { verifyAttestation } from '../../../operator/attestation/index.js'
import { CORPUS } from '../../fixtures/attestation/corpus/corpus.js'
import { POLICY, TIME } from '../../fixtures/attestation/document.js'

t.test('every document of the corpus is refused for the rule that it breaks', async t => {
  t.ok(CORPUS.length >= 100, `${CORPUS.length} documents`)
  for (const { name, rule, make, policy, now = TIME, nonce } of CORPUS) {
    t.throws(
      () => verifyAttestation(make(), { ...POLICY, ...policy }, { now: new Date(now), nonce }),
      { name: 'AttestationError', rule, message: /^[A-Z].{10,}[^.]$/ },
      `${rule}: ${name}`
    )
  }
})
