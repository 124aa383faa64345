import { type ErrorCode, ERRORS } from '../../src/errors.js'
import { table } from './markdown.js'

/** The operator's remedy for each error. */
const REMEDIES: Record<ErrorCode, string> = {
  API_KEY_MISSING: 'Send the key in the header `api-key`.',
  API_KEY_INVALID:
    'Check the key for a typo. Use the newest key after a rotation. For a lost key see [A lost key](security.md#a-lost-key).',
  API_KEY_NOT_GENERATED: 'Call generateApiKey first.',
  TOO_MANY_FAILED_ATTEMPTS: 'Wait for the seconds in `retry-after`, then send the right key.',
  API_KEY_ALREADY_GENERATED: 'Use the key that was issued. If it is lost, see [A lost key](security.md#a-lost-key).',
  CHANNEL_NOT_ATTESTED:
    'If the request had the API key, the host has read it: rotate it. Run `generator-client enclave verify --save` once. Then use the command line, or call the address of `generator-client connect`, or use HTTPS with the key of `generator-client info` pinned.',
  API_KEY_UNREADABLE:
    'Read `/health/ready` or the log for the file and its problem. Mend its mode or owner, or run `generator-client reset-key`.',
  INVALID_REQUEST: 'Correct the field that the message names.',
  INVALID_JSON: 'Send one JSON document, without a key twice.',
  BODY_TOO_LARGE: 'Send a smaller body. The message has the limit.',
  UNSUPPORTED_MEDIA_TYPE: 'Send `content-type: application/json` and no `content-encoding`.',
  HTTP_MALFORMED: 'Check the client or the proxy before the service. Encode special characters in the URL.',
  HEADERS_TOO_LARGE: 'Send fewer or shorter headers.',
  REQUEST_TIMEOUT: 'Send the whole request at once. Check the network if it happens again.',
  EXPECTATION_FAILED: 'Leave out the header `expect`.',
  ROUTE_NOT_FOUND: 'Check the path against [the list](api.md#operations).',
  METHOD_NOT_ALLOWED: 'Use the method that the header `allow` names.',
  ENCRYPTED_BODY_INVALID: "Encrypt to this enclave's own key. It changes with a new enclave.",
  ENCRYPTION_REQUIRED:
    'Use [the command line](cli.md) or [the client](client.md), which encrypt. Or send the [encrypted form](api.md#encrypted-bodies).',
  REPLAYED: 'Ask for the state: the request was carried out. To send it again, encrypt it anew.',
  CONFIG_NOT_FOUND: 'Call generatorConfigSetup first.',
  CONFIG_CORRUPT: 'Call generatorConfigSetup. It keeps the damaged file beside the new one.',
  STORAGE_FAILED: 'Free space, check the rights of CONFIG_DIR, or raise `ulimit -n`. Then repeat the call.',
  GENERATOR_NOT_FOUND: 'Check the address against getGeneratorConfig.',
  GENERATOR_EXISTS: 'Use updateGeneratorConfig to change it.',
  PREFLIGHT_FAILED: 'Do what `remedy` of each failed check in `data` says.',
  RPC_UNAVAILABLE:
    'Check `http_url` and the provider. For a small plan use a larger one, or raise OPERATION_TIMEOUT_MS.',
  CHAIN_MISMATCH: 'Correct `chain_id` or `http_url`.',
  INSUFFICIENT_BALANCE: 'Send ETH to the address that the message names.',
  MARKET_NOT_FOUND: 'Add the market to `markets` of the runtime config, or correct `market_id`.',
  GENERATOR_UNAVAILABLE: "Start the generator. Check the market's port in `markets`.",
  GENERATOR_TIMEOUT: 'Raise OPERATION_TIMEOUT_MS if the proof takes long. Else read the log of the generator.',
  PROGRAM_NOT_FOUND: "Use the name in the supervisor's conf file. Set GENERATOR_PATH for the generator.",
  PROGRAM_NOT_MANAGED: 'Add the program to MANAGED_PROGRAMS.',
  PROGRAM_START_FAILED: 'Read the exit and the last log lines in `data`. Mend the program or its command.',
  PROGRAM_STOP_FAILED: 'Stop again. If the pids in `data.pids` stay, end them by hand.',
  PROGRAM_ORPHANED: 'Stop the program, then start it.',
  LOGS_UNAVAILABLE:
    'Set a log file for the program. See [the settings](supervisors.md#what-to-write-into-the-programs-section).',
  TOO_MANY_FOLLOWERS: 'End another client that follows the log.',
  SUPERVISOR_UNAVAILABLE: 'Start supervisord. Check SUPERVISORD_URL or SUPERVISORD_PATH.',
  SUPERVISOR_TIMEOUT:
    'Check whether supervisord hangs. If another order is under way, ask for the status and repeat the call.',
  NOT_READY: 'Do what each `problem` in `data.missing` says.',
  SERVICE_STOPPING: 'Wait until the service has started again, then repeat the call.',
  INTERNAL_ERROR: 'Read the log. Report the problem with the log line.',
}

export function errorTable (): string {
  return table(
    ['Code', 'Status', 'Meaning', 'What to do'],
    Object.entries(ERRORS).map(([code, { statusCode, meaning }]) => [
      code, String(statusCode), meaning, REMEDIES[code as ErrorCode]
    ])
  )
}
