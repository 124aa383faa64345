import { execFile, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { decode } from 'cbor2/decoder'
import t from 'tap'
import { CERTIFICATES_CORPUS } from '../../fixtures/attestation/corpus/corpus.js'
import { makeDocument, TIME } from '../../fixtures/attestation/document.js'

const execute = promisify(execFile)
const isMissing = spawnSync('openssl', ['version']).error !== undefined

/** Verifies the certificates of a document with the first one as the root, at the time of the document. */
async function isAccepted (folder: string, document: Buffer): Promise<boolean> {
  const [, , payload] = decode<[unknown, unknown, Uint8Array]>(document)
  const { cabundle: [root, ...others], certificate } =
    decode<{ cabundle: Uint8Array[], certificate: Uint8Array }>(payload)
  const place = (name: string): string => join(folder, `${name}.pem`)
  await writeFile(place('root'), pem(root!))
  await writeFile(place('others'), others.map(pem).join(''))
  await writeFile(place('leaf'), pem(certificate))
  return await execute('openssl', [
    'verify', '-CAfile', place('root'), ...others.length === 0 ? [] : ['-untrusted', place('others')],
    '-no-CApath', '-no-CAstore', '-attime', String(Math.floor(TIME / 1000)), place('leaf'),
  ]).then(() => true, () => false)
}

function pem (der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

t.test('OpenSSL refuses the wrong certificates, too, unless it checks less', { skip: isMissing }, async t => {
  const folder = t.testdir()
  t.equal(await isAccepted(folder, makeDocument()), true, 'the right ones are accepted')
  for (const { name, rule, make, openSslMayAccept = false } of CERTIFICATES_CORPUS) {
    if (!openSslMayAccept) t.equal(await isAccepted(folder, make()), false, `${rule}: ${name}`)
  }
})
