import { createHash } from 'node:crypto'
import t from 'tap'
import { imageIdOf, measureInitParams, PRESETS } from '../../../operator/attestation/index.js'

const compose = { path: 'docker-compose.yml', contents: Buffer.from('services: {}\n') }
const other = { path: 'config/a.txt', contents: Buffer.alloc(300, 7) }

t.test('PCR16 of a compose file', async t => {
  // Written out once: length 31 and length 13, each in eight bytes.
  const param = createHash('sha256')
    .update('\x1f\0\0\0\0\0\0\0/init-params/docker-compose.yml\x0d\0\0\0\0\0\0\0services: {}\n').digest()
  const digest = createHash('sha256').update(param).digest()
  const pcr16 = createHash('sha384').update(Buffer.concat([Buffer.alloc(48), digest])).digest('hex')
  t.equal(measureInitParams([compose]), pcr16)
  t.not(measureInitParams([{ ...compose, contents: Buffer.from('services: {}') }]), pcr16, 'each byte counts')
  t.not(measureInitParams([{ ...compose, path: 'compose.yml' }]), pcr16, 'the path counts')
})

t.test('PCR16 of several init params, and of none', async t => {
  t.not(measureInitParams([compose, other]), measureInitParams([other, compose]), 'the order counts')
  t.not(measureInitParams([compose, other]), measureInitParams([compose]))
  t.equal(measureInitParams([]), '00'.repeat(48))
})

t.test('a path that the enclave refuses', async t => {
  for (const path of ['', '/etc/passwd', '../a', 'a/../b', './a', 'a//b', 'a/']) {
    t.throws(() => measureInitParams([{ path, contents: Buffer.alloc(0) }]), {
      code: 'POLICY_INVALID', message: `The path of an init param is like config/key.pem, not "${path}"`
    })
  }
})

t.test('the image id', async t => {
  const pcrs = { ...PRESETS['blue@3.0.0']!, 16: measureInitParams([compose]) }
  const measured = [pcrs[0], pcrs[1], pcrs[2], pcrs[16]].join('')
  t.equal(imageIdOf(pcrs), createHash('sha256').update(Buffer.from(`00010007${measured}`, 'hex')).digest('hex'))
  for (const pcr of Object.values(pcrs)) t.match(pcr, /^[0-9a-f]{96}$/)
})
