import { type Static, Type } from '@sinclair/typebox'

/** The path below the folder of the package and of the release. */
export const PACKAGED_CONFIGURATION = 'supervisord/supervisord.conf'

function Choice<const Values extends string[]> (values: Values, options: { default: Values[number], description: string }) {
  return Type.Unsafe<Values[number]>({ type: 'string', enum: values, ...options })
}

/** An empty or blank value would be ignored in silence. */
export const NOT_BLANK = '\\S'
export const NAMES = '^\\s*[^\\s,][^,]*(,\\s*[^\\s,][^,]*)*$'

function Text (options: { default?: string, description: string }) {
  return Type.String({ pattern: NOT_BLANK, ...options })
}

/** The environment variables. `npm run docs` makes the table of docs/configuration.md from them. */
export const Environment = Type.Object({
  PORT: Type.Integer({ minimum: 0, maximum: 65535, default: 5000, description: 'Port to listen on. 0 takes a free one' }),
  HOST: Text({ default: '127.0.0.1', description: 'Address to listen on' }),
  METRICS_PORT: Type.Optional(Type.Integer({ minimum: 0, maximum: 65535, description: 'A second port on HOST with /metrics alone, without API key. 0 takes a free one' })),
  SUPERVISORD_PATH: Type.Optional(Text({ description: 'A supervisord executable, or its folder. The service calls `<path> ctl <verb> <program>`' })),
  SUPERVISORD_URL: Type.Optional(Text({ description: 'XML-RPC of a running supervisord, `http://127.0.0.1:9001` or `unix:///run/supervisor.sock`. It wins over SUPERVISORD_PATH' })),
  SUPERVISORD_CONF: Text({ default: PACKAGED_CONFIGURATION, description: 'Configuration of the embedded supervisor, which runs if neither SUPERVISORD_URL nor SUPERVISORD_PATH is set. The packaged one replaces a missing default, except in production' }),
  GENERATOR_PATH: Text({ default: 'kalypso-generator', description: "The generator's program name in the supervisor" }),
  MANAGED_PROGRAMS: Type.Optional(Type.String({ pattern: NAMES, description: 'Programs that the API may control, separated by commas. Default: the generator and `listener`' })),
  CONFIG_DIR: Text({ default: './generator_config', description: "Folder of the config files and of the service's own files" }),
  CONFIG_GROUP: Type.Optional(Text({ description: 'A group, by name or number, whose members may read the two config files. Programs with `user=` need it' })),
  SECP_KEY_PATH: Text({ default: '/app/secp.sec', description: "The enclave's secp256k1 secret, 32 raw bytes. The service makes a missing one in CONFIG_DIR, except in production" }),
  ATTESTED_KEY_PATH: Type.Optional(Text({ description: "The secp256k1 secret that the enclave's attestation document names, if SECP_KEY_PATH is another key. It endorses the TLS key" })),
  CHANNEL: Choice(['open', 'attested'], { default: 'open', description: '`attested` refuses plain HTTP, which the host can read, except for `/health/live`, `/health/ready` and `/documentation`. TLS is served on the same port in both cases' }),
  NODE_ENV: Choice(['development', 'test', 'production'], { default: 'development', description: '`production` demands the secret at SECP_KEY_PATH' }),
  API_KEY_SHA256: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'Presets the API key by its SHA-256, 64 hex digits. generateApiKey then issues none' })),
  API_KEY_RECIPIENT: Type.Optional(Text({ description: 'A secp256k1 public key, hex. New API keys are answered encrypted to it' })),
  REQUIRE_ENCRYPTION: Type.Boolean({ default: false, description: '`true` refuses a private key in a plain body over plain HTTP, which the host could read' }),
  ENCLAVE_KEY_CHANGED: Choice(['refuse', 'accept'], { default: 'refuse', description: '`accept` lets a new development key replace another key in generator_config.json' }),
  CHAIN_CHECKS: Choice(['strict', 'off'], { default: 'strict', description: '`off` skips all checks on the chain and the rules of RPC_NETWORK. A URL that points inward is then stored' }),
  SKIP_VERIFICATION: Type.Boolean({ default: false, description: '`true` skips the comparison of the ECIES key with the registry' }),
  RPC_NETWORK: Choice(['public', 'any'], { default: 'public', description: '`any` allows RPC endpoints on private addresses and without TLS' }),
  RPC_TIMEOUT_MS: Type.Integer({ minimum: 100, maximum: 60_000, default: 5000, description: 'Longest exchange with an RPC endpoint, in ms. The wait for a turn in a slow plan does not count' }),
  OPERATION_TIMEOUT_MS: Type.Integer({ minimum: 100, maximum: 600_000, default: 9000, description: 'Longest operation, in ms. A start or stop is then answered 202, and a benchmark 504. Checks on the chain end a second earlier, or at half of it' }),
  LOG_LEVEL: Choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], { default: 'info', description: 'Lowest level that is logged. Audit lines are always logged' }),
})
export type Environment = Static<typeof Environment>
