import { formats } from '../../../schemas/validation/formats.js'

/**
 * Decrypts the API key in the answer of a service that has an API_KEY_RECIPIENT. `privateKey` is the recipient's, 64
 * hex digits with or without 0x. Throws a TypeError if that is no key, and an Error if the data is not encrypted to it.
 */
export async function decryptApiKey ({ privateKey, data }: { privateKey: string, data: string }): Promise<string> {
  const { expected, validate } = formats['private-key']
  if (!validate(privateKey)) throw new TypeError(`privateKey must be ${expected}`)
  const { decrypt } = await import('../../../src/enclave/ecies.js')
  try {
    return decrypt(Buffer.from(privateKey.replace(/^0x/, ''), 'hex'), Buffer.from(data, 'hex')).toString()
  } catch (cause) {
    throw new Error('The answer is not an API key that is encrypted to this private key', { cause })
  }
}
