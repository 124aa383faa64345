import type { ConfigurationSetup, GeneratorUpdate } from '../../../schemas/configuration.js'
import type { Command, Context, Outcome } from '../command.js'
import { describeFields } from '../show/describe.js'
import { UsageError } from '../exit-codes.js'
import { parseJson, readInput } from '../input/input.js'
import { parseAssignments } from '../input/assignments.js'

export const setup: Command = {
  usage: 'FILE [--trust-on-first-use | --plain]',
  summary: 'replaces the whole configuration by the JSON of a file (- for standard input)',
  arity: [1, 1],
  options: ['trust-on-first-use', 'plain'],
  run: async (context) => {
    const { client, positionals: [file = ''], stdin } = context
    // The service checks every field, and names the one at fault.
    const body = parseJson(file, await readInput(file, stdin)) as ConfigurationSetup
    return await encrypted(context, async options => await client.generatorConfigSetup(body, options))
  },
}

export const configShow: Command = {
  usage: '',
  summary: 'shows the configuration without its secrets',
  arity: [0, 0],
  run: async ({ client }) => {
    const generator = await client.getGeneratorConfig()
    const runtime = await client.getRuntimeConfig()
    const { runtime_config: fields } = runtime.data
    const generators = generator.data.generator_config.map(({ address, ...rest }) => `${address}\n${describeFields(rest)}`)
    const text = [
      ...generators, `Generators changed at ${generator.data.changed_at}`, '',
      'runtime_config', describeFields(fields), `Runtime config changed at ${runtime.data.changed_at}`,
    ].join('\n')
    const data = { generator: generator.data, runtime: runtime.data }
    return { answer: { ...runtime, message: 'Config fetched', data } as Outcome['answer'], text }
  },
}

export const configSet: Command = {
  usage: 'FIELD=VALUE… [--trust-on-first-use | --plain]',
  summary: 'changes fields of the runtime config; FIELD=@FILE takes the value from a file (@- from standard input)',
  arity: [1, Infinity],
  options: ['trust-on-first-use', 'plain'],
  run: async (context) => {
    const update = await parseAssignments(context.positionals, context.stdin)
    return await encrypted(context, async options => await context.client.updateRuntimeConfig(update, options))
  },
}

export const generatorAdd: Command = {
  usage: 'ADDRESS --market ID [--market ID…] [--data TEXT]',
  summary: 'adds a generator',
  arity: [1, 1],
  options: ['market', 'data'],
  run: async ({ client, positionals: [address = ''], options: { market: markets = [], data = '' } }) => {
    if (markets.length === 0) throw new UsageError('generator add needs a --market at least')
    return shown(await client.addNewGenerator({ address, data, supported_markets: markets }))
  },
}

export const generatorUpdate: Command = {
  usage: 'ADDRESS [--market ID…] [--data TEXT]',
  summary: 'changes the markets (all of them) or the data of a generator',
  arity: [1, 1],
  options: ['market', 'data'],
  run: async ({ client, positionals: [address = ''], options: { market: markets, data } }) => {
    const update: GeneratorUpdate = { address, ...data !== undefined && { data }, ...markets !== undefined && { supported_markets: markets } }
    return shown(await client.updateGeneratorConfig(update))
  },
}

export const generatorRemove: Command = {
  usage: 'ADDRESS',
  summary: 'removes a generator',
  arity: [1, 1],
  run: async ({ client, positionals: [address = ''] }) => shown(await client.removeGenerator({ address })),
}

function shown (answer: Outcome['answer'] & { message: string }): Outcome {
  return { answer, text: answer.message }
}

/** Sends what is secret encrypted, unless --plain says otherwise, and remembers an enclave key that was trusted first. */
async function encrypted (
  { client, settings, options: { plain = false } }: Context,
  send: (options: { encrypted?: false }) => Promise<Outcome['answer'] & { message: string }>
): Promise<Outcome> {
  if (plain) return shown(await send({ encrypted: false }))
  if (!settings.trustsFirst) return shown(await send({}))
  settings.assertOwnProfile()
  const key = await client.enclavePublicKey()
  const answer = await send({})
  await settings.remember({ enclave_public_key: key })
  const text = `${answer.message}\nTrusted the enclave key ${key} on first use, and saved it to ${settings.profilePath}: compare it with the attestation`
  return { answer, text }
}
