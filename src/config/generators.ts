import type { Configuration, StoredGenerator } from '../../schemas/configuration.js'
import { CodedError } from '../errors.js'

/** Ignores the letter case of the address. Throws GENERATOR_NOT_FOUND. */
export function findGenerator ({ generators }: Configuration, address: string): StoredGenerator {
  const wanted = address.toLowerCase()
  const generator = generators.find(one => one.address === address || one.address.toLowerCase() === wanted)
  if (generator === undefined) {
    throw new CodedError('GENERATOR_NOT_FOUND', 'No generator found for the provided address')
  }
  return generator
}
