import type { ConfigurationSetup, GeneratorUpdate } from '../../../schemas/configuration.js'
import type { Command, Context } from '../command.js'
import type { Outcome } from '../show/outcome.js'
import { describeGenerator, describeRuntime } from '../show/configuration.js'
import { parseJson, readInput } from '../input/input.js'
import { DATA, ENCRYPTION, MARKETS, NEEDED_MARKETS } from '../options.js'
import { parseAssignments } from '../input/assignments.js'

const ADDRESS = { '<address>': 'Address of the generator' }

export const setup: Command = {
  name: 'setup',
  group: 'configuration',
  summary: 'Replace the whole configuration',
  arguments: { '<file>': 'JSON file with generator_config and runtime_config; - reads standard input' },
  options: ENCRYPTION,
  example: 'setup setup.json',
  run: async (context) => {
    const { client, positionals: [file = ''], stdin } = context
    // The service checks every field, and names the one at fault.
    const body = parseJson(file, await readInput(file, stdin)) as ConfigurationSetup
    return await encrypted(context, async options => await client.generatorConfigSetup(body, options))
  },
}

export const configShow: Command = {
  name: 'config show',
  group: 'configuration',
  summary: 'Show the configuration without its secrets',
  example: 'config show',
  run: async ({ client }) => {
    const generator = await client.getGeneratorConfig()
    const runtime = await client.getRuntimeConfig()
    const { runtime_config: fields } = runtime.data
    const generators = generator.data.generator_config.map(
      ({ address, ...rest }) => `Generator ${address}\n${describeGenerator(rest)}`
    )
    const text = [
      ...generators, `Generators changed at ${generator.data.changed_at}`, '',
      'Runtime config (names for config set in brackets)', describeRuntime(fields),
      `Runtime config changed at ${runtime.data.changed_at}`,
    ].join('\n')
    const data = { generator: generator.data, runtime: runtime.data }
    return { answer: { ...runtime, message: 'Config fetched', data } as Outcome['answer'], text }
  },
}

export const configSet: Command = {
  name: 'config set',
  group: 'configuration',
  summary: 'Change fields of the runtime config',
  arguments: {
    '<field=value...>':
      'Field and new value; field=@file reads the value from a file, and field=@- from standard input',
  },
  options: ENCRYPTION,
  example: 'config set start_block=414025 private_key=@gas.key',
  run: async (context) => {
    const update = await parseAssignments(context.positionals, context.stdin)
    return await encrypted(context, async options => await context.client.updateRuntimeConfig(update, options))
  },
}

export const generatorAdd: Command = {
  name: 'generator add',
  group: 'configuration',
  summary: 'Add a generator',
  arguments: ADDRESS,
  options: [NEEDED_MARKETS, DATA],
  example: 'generator add 0x01f01074dc5454b15fabf1f1006864d0b71e3f1c --market 7 --market 8',
  run: async ({ client, positionals: [address = ''], options: { market: markets = [], data = '' } }) =>
    shown(await client.addNewGenerator({ address, data, supported_markets: markets })),
}

export const generatorUpdate: Command = {
  name: 'generator update',
  group: 'configuration',
  summary: 'Replace all markets of a generator, or its data',
  arguments: ADDRESS,
  options: [MARKETS, DATA],
  example: 'generator update 0x01f01074dc5454b15fabf1f1006864d0b71e3f1c --market 9',
  run: async ({ client, positionals: [address = ''], options: { market: markets, data } }) => {
    const update: GeneratorUpdate = {
      address, ...(data !== undefined && { data }), ...(markets !== undefined && { supported_markets: markets })
    }
    return shown(await client.updateGeneratorConfig(update))
  },
}

export const generatorRemove: Command = {
  name: 'generator remove',
  group: 'configuration',
  summary: 'Remove a generator',
  arguments: ADDRESS,
  example: 'generator remove 0x01f01074dc5454b15fabf1f1006864d0b71e3f1c',
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
  const text = `${answer.message}\nTrusted the enclave key ${key} on first use, ` +
    `and saved it to ${settings.profilePath}: compare it with the attestation`
  return { answer, text }
}
