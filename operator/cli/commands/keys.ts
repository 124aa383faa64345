import { joinSignature } from '../../client/encryption/signature.js'
import type { Command, Context, Outcome } from '../command.js'
import { describeFields } from '../show/describe.js'
import { UsageError } from '../exit-codes.js'
import { readInput } from '../input/input.js'

export const keys: Command = {
  usage: '[ADDRESS]',
  summary: 'shows the public keys of the generator with the address, or of the first one',
  arity: [0, 1],
  run: async (context) => {
    const [address = await firstGenerator(context)] = context.positionals
    const answer = await context.client.fetchGeneratorPublicKeys({ generator_address: address })
    return { answer, text: describeFields(answer.data) }
  },
}

export const signAddress: Command = {
  usage: 'ADDRESS',
  summary: "has the enclave's key sign an address",
  arity: [1, 1],
  run: async ({ client, positionals: [address = ''] }) => signed(await client.signAddress({ address })),
}

export const signAttestation: Command = {
  usage: 'FILE ADDRESS',
  summary: "has the enclave's key sign an attestation, the hex text of a file (- for standard input), for an address",
  arity: [2, 2],
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
  return { answer, text: describeFields({ ...answer.data, signature: joinSignature(answer.data) }) }
}
