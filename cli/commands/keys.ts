import { joinSignature } from '../../client/signature.js'
import type { Command, Context, Outcome } from '../command.js'
import { describeFields } from '../describe.js'
import { EXIT_CODES, UsageError } from '../exit-codes.js'
import { readInput } from '../input.js'

export const initKey: Command = {
  usage: '[--save]',
  summary: 'gets the API key, which is issued once; --save puts it into the profile',
  arity: [0, 0],
  options: ['save'],
  run: async (context) => context.options.save === true ? await issueIntoProfile(context) : await issue(context),
}

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

async function issue ({ client }: Context): Promise<Outcome> {
  const answer = await client.generateApiKey()
  return { answer, text: answer.data }
}

/** The key is issued only once: that the profile can be written is tried before, and a key that cannot be saved is shown. */
async function issueIntoProfile ({ client, settings }: Context): Promise<Outcome> {
  const { profilePath, hasKeyInProfile, remember } = settings
  if (hasKeyInProfile) throw new UsageError(`The profile ${profilePath} has a key already, which would be lost: name another one with --profile FILE`)
  await remember({})
  const answer = await client.generateApiKey()
  try {
    await remember({ api_key: answer.data })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return { answer, text: `The key could not be saved (${code}). Keep it, it is issued only once: ${answer.data}`, exitCode: EXIT_CODES.FAULT.code }
  }
  const saved = { ...answer, data: profilePath }
  return { answer: saved, text: `${answer.message}, and saved to ${profilePath}` }
}

async function firstGenerator ({ client }: Context): Promise<string> {
  const { data: { generator_config: [first] } } = await client.getGeneratorConfig()
  if (first === undefined) throw new UsageError('There is no generator: add one first')
  return first.address
}

function signed (answer: Awaited<ReturnType<Context['client']['signAddress']>>): Outcome {
  return { answer, text: describeFields({ ...answer.data, signature: joinSignature(answer.data) }) }
}
