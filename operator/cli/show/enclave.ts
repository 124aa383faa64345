import type { Enclave } from '../../channel/channel.js'
import { compressPublicKey } from '../../../src/enclave/public-key.js'
import { describeFields } from './describe.js'

/** The facts that the checks of a channel have shown, for --json. `curl` is a command line that reaches the enclave alone. */
export function factsOf ({ verdict, bootId, signingKey, notAfter, pin }: Enclave, url: string) {
  return {
    module_id: verdict.moduleId,
    attested_at: verdict.timestamp.toISOString(),
    image_id: verdict.imageId,
    attested_key: verdict.publicKey.toString('hex'),
    attested_address: verdict.address,
    enclave_public_key: compressPublicKey(Buffer.concat([Buffer.of(0x04), signingKey])),
    boot_id: bootId.toString('hex'),
    certificate_ends_at: notAfter.toISOString(),
    curl: `curl -k --pinnedpubkey ${pin} -H "api-key: $API_KEY" ${new URL('/api/getServiceInfo', url.replace(/^http:/, 'https:'))}`,
  }
}

export function describeEnclave (enclave: Enclave, url: string): string {
  const facts = factsOf(enclave, url)
  return describeFields({
    Enclave: facts.module_id,
    'Document of': facts.attested_at,
    'Image id': facts.image_id,
    'Compose file': enclave.verdict.classic ? 'not measured' : 'as expected',
    'Attested address': facts.attested_address,
    'Public key of the enclave': facts.enclave_public_key,
    'Boot id': facts.boot_id,
    'Certificate until': facts.certificate_ends_at,
    'With curl alone': facts.curl,
  })
}
