import { Option } from 'commander'
import { decryptApiKey } from '../../client/encryption/decrypt-api-key.js'
import { formats } from '../../../schemas/validation/formats.js'
import type { Command, Context } from '../command.js'
import type { Outcome } from '../show/outcome.js'
import { EXIT_CODES, UsageError } from '../exit-codes.js'
import { readInput } from '../input/input.js'
import { PLAIN, SAVE } from '../options.js'
import { isReadByHost } from '../settings/plain.js'
import { rotateKey as rotate } from '../settings/key-rotation.js'

const API_KEY = /^[0-9a-f]{64}$/

export const initKey: Command = {
  name: 'init-key',
  group: 'key',
  summary: 'Get the API key. The service issues it once',
  options: [
    SAVE,
    new Option(
      '--decrypt-with <file>', 'File with your private key, for a service that encrypts its key (API_KEY_RECIPIENT)'
    ),
  ],
  example: 'init-key --save',
  run: async (context) => {
    const { profilePath, hasKeyInProfile } = context.settings
    if (context.options.save === true && hasKeyInProfile) {
      throw new UsageError(
        `The profile ${profilePath} has a key already, which would be lost: name another one with --profile FILE`
      )
    }
    return await obtain(context, async () => await context.client.generateApiKey())
  },
}

export const rotateKey: Command = {
  name: 'rotate-key',
  group: 'key',
  summary: 'Replace the API key, and save the new one to the profile. The old key is invalid from then on',
  options: [new Option('--save', 'Has no effect: the key is always saved'), PLAIN],
  example: 'rotate-key',
  run: async ({ settings, connect, channel, environment, printer, options: { plain = false } }) => {
    if (!plain && isReadByHost(settings, channel)) {
      throw new UsageError(
        "The old key would travel over plain HTTP, and the host of the enclave could use it first: save what the attestation must say with 'enclave verify --save', or say --plain"
      )
    }
    const answer = await rotate({ settings, connect })
    const inEnvironment = environment['GENERATOR_CLIENT_API_KEY']
    if (inEnvironment !== undefined && inEnvironment === settings.apiKey) {
      printer.printNote('GENERATOR_CLIENT_API_KEY still has the old key: unset it')
    }
    return {
      answer: { ...answer, data: settings.profilePath }, text: `${answer.message}, and saved to ${settings.profilePath}`
    }
  },
}

interface KeyAnswer { status: 'success', message: string, data: string, statusCode: number }

/** Tries to write the profile before it asks for the key. Shows a key that cannot be saved. */
async function obtain ({ settings, options, stdin }: Context, ask: () => Promise<KeyAnswer>): Promise<Outcome> {
  const isToSave = options.save === true
  const privateKey = options.decryptWith === undefined ? null : await readPrivateKey(options.decryptWith, stdin)
  if (isToSave) await settings.remember({})
  const answer = await ask()
  const key =
    privateKey === null ? answer.data : await decryptApiKey({ privateKey, data: answer.data }).catch(() => null)
  if (key === null) return unkept(answer, `The answer cannot be decrypted with ${options.decryptWith}`)
  if (!isToSave) return shown({ ...answer, data: key }, key)
  if (!API_KEY.test(key)) {
    return unkept(answer, 'The key is encrypted to the API_KEY_RECIPIENT of the service, and cannot be used as it is')
  }
  try {
    await settings.remember({ api_key: key })
  } catch (error) {
    return unkept({ ...answer, data: key }, `The key could not be saved (${(error as NodeJS.ErrnoException).code})`)
  }
  return shown({ ...answer, data: settings.profilePath }, `${answer.message}, and saved to ${settings.profilePath}`)
}

function shown (answer: KeyAnswer, text: string): Outcome {
  return { answer, text }
}

function unkept (answer: KeyAnswer, problem: string): Outcome {
  return {
    ...shown(answer, `${problem}. Keep it, it is issued only once: ${answer.data}`), exitCode: EXIT_CODES.FAULT.code
  }
}

async function readPrivateKey (file: string, stdin: NodeJS.ReadableStream): Promise<string> {
  const text = (await readInput(file, stdin)).trim()
  const { expected, validate } = formats['private-key']
  if (!validate(text)) throw new UsageError(`${file} must hold ${expected}`)
  return text
}
