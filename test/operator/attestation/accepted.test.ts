import { createHash } from 'node:crypto'
import t from 'tap'
import { type AttestationPolicy, verifyAttestation } from '../../../operator/attestation/index.js'
import { addressOf } from '../../../src/enclave/keccak.js'
import { array, bytes, characters, unsigned } from '../../fixtures/attestation/cbor.js'
import {
  AUTHORITY_USAGE, BASIC_CONSTRAINTS, extension, type Fields, LEAF_CONSTRAINTS, LEAF_USAGE
} from '../../fixtures/attestation/certificates.js'
import { boolean, identifier, integer, nameOf, sequence, set, text, time } from '../../fixtures/attestation/der.js'
import {
  certificateOf, CERTIFICATES, type DocumentChanges, ENCLAVE_KEY, joinMessage, keys, LASTING_ROOT, LEVELS,
  makeCurrentDocument, makeDocument, MODULE, PCRS,
  POLICY, ROOT, TIME,
} from '../../fixtures/attestation/document.js'

const SECOND = 1000
const GROUP_ORDER = BigInt(
  '0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973'
)
const now = new Date(TIME)
const imageId = createHash('sha256')
  .update(Buffer.of(0, 1, 0, 7)).update(Buffer.concat([0, 1, 2, 16].map(index => PCRS[index]!))).digest('hex')
const { pcrs } = POLICY
const root = ROOT
const withoutCompose: AttestationPolicy = {
  pcrs: { 0: pcrs[0], 1: pcrs[1], 2: pcrs[2] }, classic: true, root: ROOT
}

t.test('the verdict', async t => {
  const { chain, ...verdict } = verifyAttestation(makeDocument(), POLICY, { now })
  t.strictSame(verdict, {
    moduleId: MODULE,
    timestamp: now,
    pcrs: Object.fromEntries(Object.entries(PCRS).map(([index, pcr]) => [index, pcr.toString('hex')])),
    imageId,
    classic: false,
    publicKey: ENCLAVE_KEY,
    address: addressOf(ENCLAVE_KEY),
    userData: null,
    nonce: null,
  })
  t.strictSame(chain, LEVELS.map(level => ({
    name: `CN=${level}`,
    sha256: createHash('sha256').update(CERTIFICATES[level]).digest('hex'),
    notBefore: new Date('2026-01-01'),
    notAfter: new Date('2027-01-01'),
  })))
})

t.test('what a right document may have', async t => {
  const leaf = (changes: Partial<Fields>): DocumentChanges =>
    ({ certificates: { leaf: certificateOf('leaf', changes) } })
  const deep = extension(BASIC_CONSTRAINTS, sequence(boolean(0xff), integer(0, 200)), true)
  const right: Record<string, DocumentChanges> = {
    'fields in another order': { entries: entries => entries.toReversed() },
    'the three optional fields are missing': { fields: { user_data: null, nonce: null } },
    'values in the optional fields': { fields: { user_data: bytes(Buffer.of(1)), nonce: bytes(Buffer.alloc(0)) } },
    PCR31: { pcrs: { 31: bytes(Buffer.alloc(48)) } },
    'zeros in another PCR': { pcrs: { 3: bytes(Buffer.alloc(48)) } },
    'a module of other characters': { fields: { module_id: characters('i-é') } },
    'the leaf without constraints': leaf({ extensions: [LEAF_USAGE] }),
    'an unknown extension': leaf({ extensions: [LEAF_CONSTRAINTS, LEAF_USAGE, extension('2a03', Buffer.of(5, 0))] }),
    'a leaf of this second': leaf({ validity: sequence(time('260601120000Z'), time('260601120000Z')) }),
    'a leaf from 1999 until 2050': leaf({ validity: sequence(time('991231235959Z'), time('20500101000000Z')) }),
    'a serial of 20 bytes and a zero': leaf({ serial: integer(0, ...Buffer.alloc(20, 0xff)) }),
    'a depth of two bytes': {
      certificates: { zone: certificateOf('zone', { extensions: [deep, AUTHORITY_USAGE] }) }
    },
    'a name of every kind of text': leaf({
      subject: sequence(...[text('Zürich'), text('US', 0x13), text('a@b', 0x16)].map((value, place) =>
        set(sequence(identifier(`5504${['07', '06', '2a'][place]}`), value))))
    }),
  }
  for (const [name, changes] of Object.entries(right)) {
    t.doesNotThrow(() => verifyAttestation(makeDocument(changes), POLICY, { now }), name)
  }
  const { chain } = verifyAttestation(makeDocument(right['a name of every kind of text']!), POLICY, { now })
  t.equal(chain.at(-1)!.name, 'L=Zürich, C=US, 55042a=a@b')
})

t.test('a chain of two certificates', async t => {
  const leaf = certificateOf('leaf', { issuer: nameOf('root') }, { signer: keys.root.privateKey })
  const document = makeDocument({ certificates: { leaf }, bundle: array(bytes(CERTIFICATES.root)) })
  t.equal(verifyAttestation(document, POLICY, { now }).chain.length, 2)
})

t.test('(r, n-s) verifies as well, so that the bytes of a document do not identify it', async t => {
  const document = makeDocument({
    message: ({ signature, ...parts }) => {
      const s = GROUP_ORDER - BigInt(`0x${signature.toString('hex', 48)}`)
      const other = Buffer.from(s.toString(16).padStart(96, '0'), 'hex')
      return joinMessage({ ...parts, signature: Buffer.concat([signature.subarray(0, 48), other]) })
    },
  })
  t.equal(verifyAttestation(document, POLICY, { now }).moduleId, MODULE)
})

t.test('the largest document', async t => {
  const sized = (length: number): Buffer => makeDocument({ fields: { user_data: bytes(Buffer.alloc(length)) } })
  const document = sized(10_000 + 16 * 1024 - sized(10_000).length)
  t.equal(document.length, 16 * 1024)
  t.doesNotThrow(() => verifyAttestation(document, POLICY, { now }))
})

t.test('the limits of its age, and others', async t => {
  const judge = (clock: number, policy: Partial<AttestationPolicy> = {}) => () =>
    verifyAttestation(makeDocument(), { ...POLICY, ...policy }, { now: new Date(clock) })
  t.doesNotThrow(judge(TIME + 300 * SECOND))
  t.doesNotThrow(judge(TIME - 60 * SECOND))
  t.doesNotThrow(judge(TIME + 1000 * SECOND, { max_age_seconds: 1000 }))
  t.doesNotThrow(judge(TIME - 1000 * SECOND, { max_ahead_seconds: 1000 }))
  t.throws(judge(TIME + 400 * SECOND), {
    code: 'ATTESTATION_OLD',
    message: 'The document is 400 s old, and at most 300 s are allowed: ' +
      'it says 2026-06-01T12:00:00.500Z, and the clock of this machine 2026-06-01T12:06:40.500Z',
  })
  t.throws(judge(TIME - 90 * SECOND), {
    code: 'ATTESTATION_AHEAD',
    message: 'The document is 90 s ahead, and at most 60 s are allowed: ' +
      'it says 2026-06-01T12:00:00.500Z, and the clock of this machine 2026-06-01T11:58:30.500Z. Set the clock',
  })
})

t.test('without a time, the clock of this machine counts', async t => {
  const policy = { ...POLICY, root: LASTING_ROOT }
  t.doesNotThrow(() => verifyAttestation(makeCurrentDocument(), policy))
  const old = makeCurrentDocument({ fields: { timestamp: unsigned(Date.now() - 3_600_000) } })
  t.throws(() => verifyAttestation(old, policy), { code: 'ATTESTATION_OLD' })
})

t.test('policies of every kind', async t => {
  const accepted: Array<[string, AttestationPolicy, DocumentChanges?]> = [
    ['an image id alone', { image_id: imageId, root }],
    ['an image id beside the PCRs', { ...POLICY, image_id: imageId }],
    ['the key', { ...POLICY, public_key: ENCLAVE_KEY.toString('hex') }],
    ['a classic image without PCR16', withoutCompose, { pcrs: { 16: null } }],
    ['a classic image with PCR16', withoutCompose],
    ['PCR16 of zeros, where no init param is given', { ...POLICY, pcrs: { ...pcrs, 16: '00'.repeat(48) } }, {
      pcrs: { 16: bytes(Buffer.alloc(48)) }
    }],
  ]
  for (const [name, policy, changes] of accepted) {
    t.doesNotThrow(() => verifyAttestation(makeDocument(changes), policy, { now }), name)
  }
  const classic = verifyAttestation(makeDocument({ pcrs: { 16: null } }), withoutCompose, { now })
  t.match(classic, { classic: true, imageId: null })
  const nonce = Buffer.from('nonce')
  const document = makeDocument({ fields: { nonce: bytes(nonce) } })
  t.match(verifyAttestation(document, POLICY, { now, nonce }), { nonce })
  t.throws(() => verifyAttestation(makeDocument(), { pcrs }, { now }), { code: 'ATTESTATION_ROOT' })
})

t.test('policies that leave a part open', async t => {
  const { 16: _compose, ...image } = pcrs
  const incomplete: Array<[RegExp, AttestationPolicy]> = [
    [/names no measurement/, {}],
    [/names no PCR16.*another compose file/, { pcrs: image }],
    [/names no PCR0/, { pcrs: { 1: pcrs[1], 2: pcrs[2], 16: pcrs[16] } as never }],
    [/names no PCR2/, { pcrs: { 0: pcrs[0], 1: pcrs[1] } as never, classic: true }],
    [/covers PCR16/, { image_id: imageId, classic: true }],
  ]
  for (const [message, policy] of incomplete) {
    t.throws(() => verifyAttestation(makeDocument(), { ...policy, root }, { now }), {
      code: 'POLICY_INVALID', rule: null, message
    })
  }
})
