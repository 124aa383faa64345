/**
 * Measures getGeneratorStatus through each driver, beside a bare Fastify route in the same run: `npm run bench --
 * status`. SUPERVISORS_DIR names a folder of .ci/install-supervisors. If it is not set, only the embedded driver is
 * measured.
 */
import { type Daemon, isInstalled, startDaemon, type SupervisorName } from '../../test/supervisor/real/daemon.js'
import { drive, printTable } from './measure.js'
import { run } from './process.js'

type Teardown = () => unknown

const ROWS: { driver: string, name?: SupervisorName, variables: (daemon: Daemon) => NodeJS.ProcessEnv }[] = [
  { driver: 'embedded', variables: () => ({}) },
  { driver: 'XML-RPC, Go supervisord', name: 'go-0.7.3', variables: ({ url }) => ({ SUPERVISORD_URL: url }) },
  { driver: "XML-RPC, Python's Supervisor", name: 'python-4.2.5', variables: ({ url }) => ({ SUPERVISORD_URL: url }) },
  {
    driver: 'ctl, Go supervisord', name: 'go-0.7.3', variables: ({ executable }) => ({ SUPERVISORD_PATH: executable })
  },
]

const bare = await run('bare')
const rows = []
for (const { driver, name, variables } of ROWS) {
  if (name !== undefined && !isInstalled(name)) continue
  const teardowns: Teardown[] = []
  const t = { teardown: (end: Teardown) => { teardowns.unshift(end) } }
  const daemon =
    name &&
    (await startDaemon(t, {
      name, transport: 'http', programs: () => '[program:kalypso-generator]\ncommand=/bin/sleep 1000\n'
    }))
  const service = await run('service', daemon && variables(daemon))
  const { data: key } = (await (await fetch(`${service.url}/api/generateApiKey`, { method: 'POST' })).json()) as {
    data: string
  }
  for (const connections of [1, 64]) {
    const limit = await drive({ url: bare.url, connections })
    const reached = await drive({
      url: `${service.url}/api/getGeneratorStatus`, headers: { 'api-key': key }, connections
    })
    rows.push([
      driver,
      connections,
      reached.perSecond,
      reached.p50,
      reached.p99,
      limit.perSecond,
      limit.p50,
      (reached.perSecond / limit.perSecond).toFixed(2),
    ])
  }
  await service.end()
  for (const end of teardowns) await end()
}
await bare.end()
printTable(
  ['driver', 'connections', 'requests/s', 'p50 ms', 'p99 ms', 'bare, requests/s', 'bare, p50 ms', 'ratio'],
  rows
)
