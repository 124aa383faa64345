import { createRequire } from 'node:module'
import { table } from './markdown.js'

/** The purpose of each room. Rooms with a rule in .dependency-cruiser.cjs must be here. */
const PURPOSES: Record<string, string> = {
  'src/machine': 'Facts about this machine: users, processes, core dumps, open files.',
  'src/timing': 'Queues, deadlines, shared reads, the token bucket, occasional reports.',
  'src/files': 'Durable writes, regular and secret files, storage errors.',
  'src/outgoing': 'The only HTTP client. RPC, benchmark, XML-RPC and the typed client use it.',
  'src/access': 'The API key: its file, issue, rotation, presets, credentials of a request.',
  'src/enclave': 'The secp256k1 key: signing, public keys, the secure channel.',
  'src/redaction': 'The known secrets, and the search for them in what programs print.',
  'src/chain': 'JSON-RPC, generations of the contracts, the checks before a start.',
  'src/bodies': 'Request bodies: parsing, limits, decryption, the thread for large ones.',
  'src/config': 'The two config files: pure changes, the durable pair, one writer at a time.',
  'src/supervisor': 'One interface for programs, and its drivers: embedded, ctl, XML-RPC.',
  'src/generator': 'Calls to the running generator: the benchmark.',
  'src/readiness': 'The conditions under which the service is ready.',
  'src/metrics': 'The instruments of Prometheus. Other rooms know nothing of them.',
  'src/http': 'Fastify options, limits, compilers, envelope, protocol errors, log stream.',
  routes: 'A file for each area: schema and a short handler. No try/catch.',
  plugins: 'The wiring: decorators and hooks that connect `src` to Fastify.',
  'operator/client': 'The typed client for Node.',
}

/** Rooms whose rule is no list of allowed imports. */
const OTHERS = [
  ['schemas', 'TypeBox schemas, and under the same name their types.', 'nothing'],
  [
    'operator/cli',
    "The command line on the operator's machine.",
    'schemas, operator/client, src/errors, src/version, src/files, src/enclave; a few commands load more',
  ],
  ['tools', 'Bench, packaging, demo, and the generator of these pages.', 'everything'],
  ['deploy', 'Images and rehearsal of the enclave, Prometheus, Grafana, Postman.', 'everything'],
  ['supervisord', "The embedded supervisor's conf file, and the rehearsal generator.", 'nothing'],
  ['test', 'The tests. The folders mirror the tree.', 'everything'],
]

interface Rule {
  comment: string
}

const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: Rule[] }

/** A row for each room, with the imports that .dependency-cruiser.cjs allows. Throws if a room has no purpose here. */
export function roomTable (rules: Rule[] = forbidden): string {
  const rows = rules.flatMap(({ comment }) => {
    const [, room, imports] = /^(\S+) may import from itself, from (.*)\.$/.exec(comment) ?? []
    if (room === undefined || imports === undefined) return []
    const purpose = PURPOSES[room]
    if (purpose === undefined) throw new Error(`tools/docs/rooms.ts does not say what ${room} is for`)
    return [[`\`${room}\``, purpose, imports]]
  })
  return table(
    ['Room', 'Purpose', 'May import'], [...rows, ...OTHERS.map(([room, ...cells]) => [`\`${room}\``, ...cells])]
  )
}
