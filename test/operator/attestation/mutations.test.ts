import t from 'tap'
import { CODES, type Rule } from '../../../operator/attestation/check.js'
import type { AttestationError } from '../../../operator/attestation/index.js'
import type { Case } from '../../fixtures/attestation/corpus/case.js'
import { CORPUS } from '../../fixtures/attestation/corpus/corpus.js'
import { POLICY, TIME } from '../../fixtures/attestation/document.js'
import { loadMutable } from '../../fixtures/attestation/mutable/bundle.js'

/**
 * Without one of these rules, another rule refuses the documents, or the verifier cannot go on. They stay for their
 * messages, and so that every refusal is an AttestationError.
 */
const HAS_SECOND_LINE = new Set<Rule>([
  'cbor', 'payload-bytes', 'signature-length', 'payload-map', 'pcrs-map', 'cabundle-list', 'cabundle-bytes',
  'der-fields', 'der-long-tag', 'der-indefinite', 'der-huge', 'der-unused-bits', 'der-oid', 'name-attribute',
  'certificate-readable', 'certificate-validity', 'extension-fields', 'authority-missing', 'usage-missing',
  'pcr-missing', 'image-id-missing', 'key-missing', 'key-identity',
])

/** The other options refuse what other rules refuse, too: a large number in bytes has a tag, for example. */
const NOTICED_OPTIONS = [
  'maxDepth', 'preferMap', 'requirePreferred', 'rejectDuplicateKeys', 'rejectSimple', 'rejectStreaming',
  'rejectStringsNotNormalizedAs', 'rejectUndefined',
]

const { verifyAttestation, switchOff, STRICT } = await loadMutable(t.testdir())

function outcomeOf ({ make, policy, now = TIME, nonce }: Case): string {
  try {
    verifyAttestation(make(), { ...POLICY, ...policy }, { now: new Date(now), nonce })
    return 'accepted'
  } catch (error) {
    return (error as AttestationError).rule ?? (error as Error).name
  }
}

t.test('without a rule, a document that it refuses is accepted', async t => {
  for (const rule of CODES.keys()) {
    const documents = CORPUS.filter(document => document.rule === rule)
    switchOff(rule)
    const outcomes = [...new Set(documents.map(outcomeOf))]
    switchOff(null)
    t.ok(documents.length > 0 && !outcomes.includes(rule), `${rule} is noticed`)
    t.equal(outcomes.includes('accepted'), !HAS_SECOND_LINE.has(rule), `${rule}: ${outcomes.join()}`)
  }
})

t.test('without an option of the CBOR reader, a document comes further', async t => {
  const documents = CORPUS.filter(({ rule }) => rule === 'cbor')
  const noticed = Object.entries(STRICT).filter(([option, value]) => {
    Object.assign(STRICT, { [option]: typeof value === 'number' ? Infinity : false })
    const outcomes = documents.map(outcomeOf)
    Object.assign(STRICT, { [option]: value })
    return outcomes.some(outcome => outcome !== 'cbor')
  })
  t.same(noticed.map(([option]) => option), NOTICED_OPTIONS)
})
