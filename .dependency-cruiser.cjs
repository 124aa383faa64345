/** Which room may import from which, seen from the importing side. docs/architecture.md says what each is for. */

/** Rooms that know nothing of the service's business; each may use the ones it names. */
const rooms = {
  'src/machine': [],
  'src/timing': [],
  'src/files': ['schemas'],
  'src/outgoing': ['src/version'],
  'src/access': ['src/files', 'src/timing'],
  'src/enclave': ['schemas', 'src/files'],
  'src/channel': ['src/enclave', 'src/timing'],
  'src/redaction': ['schemas'],
  'src/chain': ['schemas', 'src/enclave', 'src/outgoing', 'src/timing'],
  'src/bodies': ['schemas', 'src/enclave', 'src/files', 'src/timing'],
  'src/config': ['schemas', 'src/access', 'src/chain', 'src/enclave', 'src/files', 'src/machine'],
  'src/supervisor': ['schemas', 'src/chain', 'src/config', 'src/files', 'src/machine', 'src/outgoing', 'src/redaction', 'src/timing'],
  'src/generator': ['schemas', 'src/outgoing'],
  'src/readiness': ['src/access', 'src/config', 'src/files', 'src/supervisor', 'src/timing'],
  'src/metrics': ['src/chain', 'src/readiness', 'src/supervisor', 'src/timing'],
  'src/http': ['schemas', 'src/bodies', 'src/channel', 'src/supervisor'],
  routes: ['schemas', 'src'],
  plugins: ['schemas', 'src'],
  'operator/client': ['schemas', 'src/enclave', 'src/outgoing'],
  'operator/attestation': ['schemas', 'src/enclave', 'src/outgoing'],
  'operator/channel': ['schemas', 'src/channel', 'src/outgoing', 'src/timing', 'operator/attestation', 'operator/client'],
}

const FASTIFY = '^(node_modules/)?(@fastify/|fastify)'

module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'Two files that need each other cannot be understood one after the other.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...Object.entries(rooms).map(([room, others]) => ({
      name: `from-${room.replace('/', '-')}`,
      comment: `${room} may import from itself, from ${['src/errors', ...others].join(', ')}.`,
      severity: 'error',
      from: { path: `^${room}/` },
      to: { path: '^(src|plugins|routes|schemas|operator|tools|deploy|test)/', pathNot: `^(${[room, 'src/errors', ...others].join('|')})(/|\\.ts$)` },
    })),
    {
      name: 'schemas-stand-alone',
      comment: 'A schema says what travels. The service depends on it, not the other way round.',
      severity: 'error',
      from: { path: '^schemas/' },
      to: { path: '^(src|plugins|routes|operator|tools|deploy|test)/' },
    },
    {
      name: 'service-without-operator',
      comment: 'The service must not load what runs on the operator\'s own machine, nor any tool.',
      severity: 'error',
      from: { path: '^(src|plugins|routes|schemas)/' },
      to: { path: '^(operator|tools|deploy|test)/' },
    },
    {
      name: 'domain-without-fastify',
      comment: 'Fastify appears where the service is composed, in plugins, routes and src/http.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(app\\.ts|server\\.ts|http/)' },
      to: { path: FASTIFY },
    },
    {
      name: 'command-line',
      comment: 'The operator\'s machine needs no room of the service. Commands for use beside the service are the exception.',
      severity: 'error',
      from: { path: '^operator/cli/', pathNot: '^operator/cli/commands/(serve|supervisord|reset-key|doctor)' },
      to: { path: '^(src|plugins|routes|tools|deploy|test)/', pathNot: '^src/(errors\\.ts|version\\.ts|files/|enclave/|supervisor/clean-lines\\.ts)' },
    },
    {
      name: 'channel-on-demand',
      comment: 'A command without an attestation policy must not load TLS, nor the reader of documents.',
      severity: 'error',
      from: { path: '^operator/(cli|client)/' },
      to: {
        path: '^operator/(attestation|channel)/',
        pathNot: '^operator/(attestation/(policy|image|errors)|channel/loopback)\\.ts$',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'commander-on-the-command-line',
      comment: 'The service must not load the parser of the command line.',
      severity: 'error',
      from: { pathNot: '^operator/cli/' },
      to: { path: '^(node_modules/)?commander' },
    },
    {
      name: 'cbor-in-the-attestation',
      comment: 'The service must not load the reader of attestation documents.',
      severity: 'error',
      from: { pathNot: '^operator/attestation/' },
      to: { path: '^(node_modules/)?cbor2' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
