import { type Static, Type } from '@sinclair/typebox'

/** Path below the folder of the package and of the release. */
export const PACKAGED_CONFIGURATION = 'supervisord/supervisord.conf'

function Choice<const Values extends string[]> (values: Values, options: { default: Values[number], description: string }) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: values, ...options })
}

/** An empty value, or one of blanks alone, would be passed over in silence. */
export const NOT_BLANK = '\\S'
export const NAMES = '^\\s*[^\\s,][^,]*(,\\s*[^\\s,][^,]*)*$'

function Text (options: { default?: string, description: string }) {
  return Type.String({ pattern: NOT_BLANK, ...options })
}

/** The environment variables. `npm run docs` makes the table of docs/configuration.md from them. */
export const Environment = Type.Object({
  PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 5000, description: 'Port to listen on; 0 takes a free one' }),
  HOST: Text({ default: '127.0.0.1', description: 'Address to listen on' }),
  METRICS_PORT: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535, description: 'A second port, on HOST, with /metrics alone and without API key; 0 takes a free one' })),
  SUPERVISORD_PATH: Type.Optional(Text({ description: 'A supervisord executable, called as `<path> ctl <verb> <program>`; a folder means the `supervisord` in it' })),
  SUPERVISORD_URL: Type.Optional(Text({ description: 'XML-RPC of a running supervisord, `http://127.0.0.1:9001` or `unix:///run/supervisor.sock`; wins over the path' })),
  SUPERVISORD_CONF: Text({ default: PACKAGED_CONFIGURATION, description: 'Programs of the embedded supervisor, used when neither of the two is set; where the working folder has none and NODE_ENV is not production, the one that comes with the service' }),
  GENERATOR_PATH: Text({ default: 'kalypso-generator', description: "The generator's program name in the supervisor" }),
  MANAGED_PROGRAMS: Type.Optional(Type.String({ pattern: NAMES, description: 'Programs that the API may control, separated by commas; default: the generator and `listener`' })),
  CONFIG_DIR: Text({ default: './generator_config', description: 'Folder of the config files and of what the service itself keeps' }),
  CONFIG_GROUP: Type.Optional(Text({ description: 'A group, by name or number, whose members may read the two config files: for programs with `user=`' })),
  SECP_KEY_PATH: Text({ default: '/app/secp.sec', description: "The enclave's secp256k1 secret, 32 raw bytes; where it does not exist and NODE_ENV is not production, one is made in CONFIG_DIR" }),
  NODE_ENV: Choice(['development', 'test', 'production'], { default: 'development', description: '`production` demands the secret at SECP_KEY_PATH' }),
  API_KEY_SHA256: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'Presets the API key by its SHA-256, 64 hex digits: generateApiKey then issues none' })),
  API_KEY_RECIPIENT: Type.Optional(Text({ description: 'A secp256k1 public key, hex: new API keys are answered encrypted to it' })),
  REQUIRE_ENCRYPTION: Type.Boolean({ default: false, description: '`true` refuses a private key in a plain body: the host could read it' }),
  ENCLAVE_KEY_CHANGED: Choice(['refuse', 'accept'], { default: 'refuse', description: '`accept` lets a development key that the start-up makes take the place of another one in generator_config.json' }),
  CHAIN_CHECKS: Choice(['strict', 'off'], { default: 'strict', description: '`off` leaves out all checks on the chain, and with them the rules of RPC_NETWORK: a URL that points inward is stored for the generator' }),
  SKIP_VERIFICATION: Type.Boolean({ default: false, description: '`true` leaves out the comparison of the ECIES key with the registry' }),
  RPC_NETWORK: Choice(['public', 'any'], { default: 'public', description: '`any` allows RPC endpoints on private addresses and without TLS' }),
  RPC_TIMEOUT_MS: Type.Integer({ minimum: 100, maximum: 60_000, default: 5000, description: 'How long one exchange with an RPC endpoint may take, in ms; the wait for its turn in a slow plan is not counted' }),
  OPERATION_TIMEOUT_MS: Type.Integer({ minimum: 100, maximum: 600_000, default: 9000, description: 'After this, a start or stop under way is answered 202, and a benchmark 504, in ms; the checks on the chain end a second before, or at half of it' }),
  LOG_LEVEL: Choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { default: 'info', description: 'How much is logged; audit lines always are' }),
})
export type Environment = Static<typeof Environment>
