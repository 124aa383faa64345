import fastify from 'fastify'
import t from 'tap'
import environment from '../../plugins/environment.js'

async function configOf (variables: NodeJS.ProcessEnv) {
  const app = fastify()
  try {
    await app.register(environment, { variables })
    return app.config
  } finally {
    await app.close()
  }
}

t.test('variables become values of their types, and missing ones their defaults', async t => {
  const config = await configOf({
    PORT: '007', SKIP_VERIFICATION: 'true', REQUIRE_ENCRYPTION: 'false', LOG_LEVEL: 'silent', UNKNOWN: 'x'
  })
  t.match(config, {
    PORT: 7,
    HOST: '127.0.0.1',
    SKIP_VERIFICATION: true,
    REQUIRE_ENCRYPTION: false,
    RPC_TIMEOUT_MS: 5000,
    NODE_ENV: 'development',
  })
  for (const name of ['METRICS_PORT', 'SUPERVISORD_URL', 'UNKNOWN']) t.notOk(name in config, name)
})

t.test('an error names every wrong variable', async t => {
  const cases: [NodeJS.ProcessEnv, string][] = [
    [{ PORT: '65536' }, 'PORT must be integer from 0 to 65535'],
    [{ PORT: '-1' }, 'PORT must be integer from 0 to 65535'],
    [{ RPC_TIMEOUT_MS: '99' }, 'RPC_TIMEOUT_MS must be integer from 100 to 60000'],
    [{ PORT: '0x10' }, 'PORT must be integer from 0 to 65535'],
    [
      { METRICS_PORT: '1.5', HOST: '' },
      'HOST must not be empty; Environment variable METRICS_PORT must be integer from 0 to 65535',
    ],
    [{ PORT: '' }, 'PORT must be integer from 0 to 65535, but is empty: give it a value, or leave it out'],
    [
      { PORT: 'tcp://10.0.0.1:80' },
      'PORT must be integer from 0 to 65535, but a container platform has set it to an address: set it yourself',
    ],
    [{ SKIP_VERIFICATION: '' }, 'SKIP_VERIFICATION must be one of true, false'],
    [{ CHAIN_CHECKS: 'Off' }, 'CHAIN_CHECKS must be one of strict, off'],
    [{ API_KEY_SHA256: `${'ab'.repeat(32)}\n` }, 'API_KEY_SHA256 must match pattern "^[0-9a-fA-F]{64}$"'],
    [{ CONFIG_DIR: ' ' }, 'CONFIG_DIR must not be empty'],
    [{ MANAGED_PROGRAMS: 'a,' }, 'MANAGED_PROGRAMS must be names separated by commas'],
  ]
  for (const [variables, message] of cases) {
    await t.rejects(configOf(variables), {
      message: `Environment variable ${message}`
    })
  }
})
