import { joinSignature } from '../../client/encryption/signature.js'
import type { Command, Context } from '../command.js'
import type { Outcome } from '../show/outcome.js'
import { describeGenerator } from '../show/configuration.js'
import { describeFields } from '../show/describe.js'
import { UsageError } from '../exit-codes.js'
import { readInput } from '../input/input.js'

export const keys: Command = {
  name: 'keys',
  group: 'signing',
  summary: 'Show the public keys, which are registered on chain',
  arguments: { '[address]': 'Address of the generator; default: the first one' },
  example: 'keys',
  run: async (context) => {
    const [address = await firstGenerator(context)] = context.positionals
    const answer = await context.client.fetchGeneratorPublicKeys({ generator_address: address })
    return { answer, text: describeGenerator(answer.data) }
  },
}

export const signAddress: Command = {
  name: 'sign-address',
  group: 'signing',
  summary: "Sign an address with the enclave's key",
  arguments: { '<address>': 'Address to sign' },
  example: 'sign-address 0xBEf74FB32CCeB599EFdE2fa3B2285A9462D207d1',
  run: async ({ client, positionals: [address = ''] }) => signed(await client.signAddress({ address })),
}

export const signAttestation: Command = {
  name: 'sign-attestation',
  group: 'signing',
  summary: "Sign an attestation for an address with the enclave's key",
  arguments: {
    '<file>': 'File with the attestation as hex text; - reads standard input', '<address>': 'Address of the generator'
  },
  example: 'sign-attestation attestation.hex 0xBEf74FB32CCeB599EFdE2fa3B2285A9462D207d1',
  run: async ({ client, positionals: [file = '', address = ''], stdin }) => {
    const attestation = (await readInput(file, stdin)).trim()
    return signed(await client.signAttestation({ attestation, address }))
  },
}

async function firstGenerator ({ client }: Context): Promise<string> {
  const { data: { generator_config: [first] } } = await client.getGeneratorConfig()
  if (first === undefined) throw new UsageError('There is no generator: add one first')
  return first.address
}

function signed (answer: Awaited<ReturnType<Context['client']['signAddress']>>): Outcome {
  return { answer, text: describeFields({ Signature: joinSignature(answer.data), ...answer.data }) }
}
