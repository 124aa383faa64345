import { hash } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { createRedactor } from '../../src/redaction/redactor.js'
import { holds } from '../properties/runs.js'
import { randomSecrets } from './secrets.js'
import { randomBytes } from '../random.js'

const R = '[redacted]'
const { enclaveKey, gasKey, path, query, configuration } = randomSecrets(randomBytes)
const apiKey = randomBytes(32).toString('hex')
const SECRETS = [enclaveKey, gasKey, `0x${gasKey.toUpperCase()}`, configuration.runtime.http_url, path, query, apiKey]

function createKnowing () {
  const redactor = createRedactor()
  redactor.learn(configuration)
  redactor.learnDigest(hash('sha256', apiKey))
  return redactor
}

const secret = fc.constantFrom(...SECRETS)
const filler = fc.stringMatching(/^[ g-z{}":,\u00e9\u20ac]{0,40}$/)
/** A line with secrets in it. */
const line = fc.array(fc.oneof(secret, filler), { maxLength: 12 }).map(parts => parts.join(' '))

t.test('a line in pieces loses what it loses as a whole', async t => {
  const redactor = createKnowing()
  await holds(t, fc.property(line, fc.array(fc.nat(2000), { maxLength: 6 }), (whole, cuts) => {
    const lines = redactor.lines()
    const borders = [
      0, ...cuts.map(cut => cut % (whole.length + 1)).toSorted((one, other) => one - other), whole.length
    ]
    const pieces = borders.slice(1).map((border, index) => lines.push(
      whole.slice(borders[index], border), index < borders.length - 2
    ))
    const expected = redactor.redact(whole)
    return pieces.join('') === expected && !SECRETS.some(one => expected.toLowerCase().includes(one.toLowerCase()))
  }))
})

t.test('every cut of every secret', async t => {
  const redactor = createKnowing()
  const padding = 'x'.repeat(3000)
  for (const one of SECRETS) {
    for (let cut = 0; cut <= one.length; cut++) {
      const lines = redactor.lines()
      const pieces = [`${padding} ${one.slice(0, cut)}`, `${one.slice(cut)} ${padding}`, 'end']
      const shown = pieces.map((piece, index) => lines.push(piece, index < 2)).join('')
      if (shown !== redactor.redact(pieces.join(''))) t.fail(`${cut} of ${one}`, { shown })
    }
  }
  t.equal(redactor.redact(SECRETS[0]!), R)
})

t.test('a whole line is never held back', async t => {
  const lines = createKnowing().lines()
  t.equal(lines.push(gasKey.slice(0, 40), false), gasKey.slice(0, 40))
  t.equal(lines.push(gasKey.slice(40), false), gasKey.slice(40))
})

t.test('a secret that overlaps the border from the very beginning moves the border', async t => {
  const lines = createKnowing().lines()
  const long = configuration.runtime.http_url.replace('https://', '')
  const shown = [...Array.from({ length: 20 }, () => lines.push(long, true)), lines.push('', false)].join('')
  t.notOk(shown.includes(path))
  t.equal(shown, `rpc.example/${R}`.repeat(20))
})
