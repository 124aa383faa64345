import { COMMANDS } from '../commands.js'
import { EXIT_CODES } from '../exit-codes.js'

/** What --help shows. */
export function help (): string {
  const commands = [...COMMANDS].map(([name, { usage, summary }]) => `  ${`${name} ${usage}`.trimEnd()}\n      ${summary}`)
  const exitCodes = Object.values(EXIT_CODES).map(({ code, meaning }) => `  ${code}  ${meaning}`)
  return `generator-client COMMAND [OPTION…]

${commands.join('\n')}

Options of every command:
  --url URL           where the service is (GENERATOR_CLIENT_URL); default http://127.0.0.1:5000
  --profile FILE      a file with url, api_key and enclave_public_key, for its owner only
                      (GENERATOR_CLIENT_PROFILE); default ~/.config/generator-client/profile.json
  --api-key KEY       better in the profile, or in GENERATOR_CLIENT_API_KEY: others can read arguments
  --enclave-key HEX   the enclave's public key, from its attestation (GENERATOR_CLIENT_ENCLAVE_KEY)
  --timeout MS        how long a call may take; default 15000
  --json              one JSON document on standard output, errors too

setup, and config set with a secret, are encrypted to the enclave's key:
  --trust-on-first-use  take the key of whoever answers, and save it to the profile
  --plain               do not encrypt: the enclave's host can read it

Exit codes:
${exitCodes.join('\n')}`
}
