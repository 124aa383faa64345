import { createRequire } from 'node:module'
import { table } from './markdown.js'

/** Each room and its purpose, from the top of the picture to its foot. A third text replaces a rule for its imports. */
const ROOMS: ReadonlyArray<readonly [room: string, purpose: string, imports?: string]> = [
  ['routes', 'A file for each area: schema and a short handler. No try/catch.'],
  ['plugins', 'The wiring: decorators and hooks that connect `src` to Fastify.'],
  ['src/http', 'Fastify options, limits, compilers, envelope, protocol errors, log stream.'],
  ['src/metrics', 'The instruments of Prometheus. Other rooms know nothing of them.'],
  ['src/readiness', 'The conditions under which the service is ready.'],
  ['src/supervisor', 'One interface for programs, and its drivers: embedded, ctl, XML-RPC.'],
  ['src/config', 'The two config files: pure changes, the durable pair, one writer at a time.'],
  ['src/chain', 'JSON-RPC, generations of the contracts, the checks before a start.'],
  ['src/bodies', 'Request bodies: parsing, limits, decryption, the thread for large ones.'],
  ['src/access', 'The API key: its file, issue, rotation, presets, credentials of a request.'],
  ['src/channel', 'TLS on the port: certificate, endorsement, replays of encrypted bodies.'],
  ['src/enclave', 'The secp256k1 key: signing, public keys, the secure channel.'],
  ['src/generator', 'Calls to the running generator: the benchmark.'],
  ['src/redaction', 'The known secrets, and the search for them in what programs print.'],
  ['src/outgoing', 'The only HTTP client. RPC, benchmark, XML-RPC, the typed client and the attestation use it.'],
  ['src/files', 'Durable writes, regular and secret files, storage errors.'],
  ['src/timing', 'Queues, deadlines, shared reads, the token bucket, occasional reports.'],
  ['src/machine', 'Facts about this machine: users, processes, core dumps, open files.'],
  ['schemas', 'TypeBox schemas, and under the same name their types.', 'nothing'],
  [
    'operator/cli',
    "The command line on the operator's machine.",
    'schemas, operator/client, operator/attestation, src/errors, src/version, src/files, src/enclave; a few commands load more',
  ],
  ['operator/client', 'The typed client for Node.'],
  ['operator/attestation', 'The verifier of attestation documents, and of what a deployment should measure.'],
  ['operator/channel', 'TLS that ends in the verified enclave, and the tunnel that leads there from this machine.'],
  ['tools', 'Bench, packaging, demo, and the generator of these pages.', 'everything'],
  ['deploy', 'Images and rehearsal of the enclave, Prometheus, Grafana, Postman.', 'everything'],
  ['supervisord', "The embedded supervisor's conf file, and the rehearsal generator.", 'nothing'],
  ['test', 'The tests. The folders mirror the tree.', 'everything'],
]

interface Rule {
  comment: string
}

const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: Rule[] }

/** A row for each room, with the imports that .dependency-cruiser.cjs allows. Throws if a room's purpose or rule is missing. */
export function roomTable (rules: Rule[] = forbidden): string {
  const allowed = new Map(rules.flatMap(({ comment }) => {
    const [, room, imports] = /^(\S+) may import from itself, from (.*)\.$/.exec(comment) ?? []
    return room === undefined || imports === undefined ? [] : [[room, imports]]
  }))
  for (const room of allowed.keys()) {
    if (!ROOMS.some(([name]) => name === room)) throw new Error(`tools/docs/rooms.ts does not say what ${room} is for`)
  }
  return table(['Room', 'Purpose', 'May import'], ROOMS.map(([room, purpose, imports = allowed.get(room)]) => {
    if (imports === undefined) throw new Error(`.dependency-cruiser.cjs does not say what ${room} may import`)
    return [`\`${room}\``, purpose, imports]
  }))
}
