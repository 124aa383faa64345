import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { createInstruments } from '../src/metrics/instruments.js'
import { VERSION } from '../src/version.js'
import { projectFolder } from './project.js'

const root = projectFolder()
const file = async (name: string) => await readFile(join(root, name), 'utf8')

/** Names of our metrics and of prom-client's in a text. */
function metricsIn (text: string): Set<string> {
  return new Set(text.match(/\b(generator_client|nodejs|process)_[a-z0-9_]+/g))
}

t.test('the service has every metric of the dashboard and the alerts', async t => {
  const instruments = createInstruments({ version: VERSION })
  const exposed = new Map([
    ...(await instruments.print()).matchAll(/^# TYPE (\S+) (\S+)$/gm)
  ].map(([, name, type]) => [name!, type!]))
  const exists = (name: string) => exposed.has(name) || exposed.get(name.replace(
    /_(bucket|sum|count)$/, ''
  )) === 'histogram'
  const dashboard = JSON.parse(await file(
    'deploy/grafana/dashboard.json'
  )) as { panels: { title: string, targets: { expr: string }[] }[], templating: { list: { query: unknown }[] } }
  const queries = [
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    JSON.stringify(dashboard.templating.list),
  ]
  const alerts = [...(await file('deploy/prometheus/alerts.yml')).matchAll(/^ +expr: (.*)$/gm)].map(([, expr]) => expr!)
  t.ok(queries.length > 20 && alerts.length === 10, `${queries.length} queries, ${alerts.length} alerts`)
  for (const query of [...queries, ...alerts, await file('deploy/prometheus/alerts.test.yml')]) {
    for (const name of metricsIn(query)) t.ok(exists(name), `${name} in ${query.slice(0, 80)}`)
  }
  const shown = metricsIn(`${queries.join()}${alerts.join()}`)
  for (const name of exposed.keys()) {
    if (name.startsWith('generator_client_')) {
      t.ok(
        shown.has(name) || shown.has(`${name}_bucket`), `${name} is shown on the dashboard`
      )
    }
  }
})

t.test('VERSION is that of package.json', async t => {
  t.equal(VERSION, JSON.parse(await file('package.json')).version)
})

t.test('docs/monitoring.md lists every metric of ours', async t => {
  const listed = new Set([
    ...(await file('docs/monitoring.md')).matchAll(/^\| `(generator_client_[a-z_]+)/gm)
  ].map(([, name]) => name))
  const exposed = [
    ...(await createInstruments({ version: VERSION }).print()).matchAll(/^# TYPE (generator_client_\S+)/gm)
  ].map(([, name]) => name)
  t.strictSame([...listed].sort(), exposed.sort())
})
