#!/usr/bin/env node
/**
 * Stands in for an operator's generator until `command=` in supervisord.conf names it. Reads the same config files,
 * refuses the same ones as the Kalypso listener, and answers on its market ports. It makes no proofs.
 *
 * CONFIG_DIR: the folder of the two files (default ./generator_config, then ../generator_config)
 * REHEARSAL_HEARTBEAT_SECONDS: the time between two lines that say it is alive (default 30)
 * REHEARSAL_PRINT_CONFIG: `true` prints both files with their secrets, like the Kalypso listener
 */
import { pbkdf2 } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { readConfiguration } from './rehearsal-config.mjs'

const HOST = '127.0.0.1'
const LISTED_GENERATORS = 20
const SHOWN_CHARACTERS = 80
/** Rounds of HMAC-SHA-256 in one benchmark. They take 50 to 100 ms, well below STOP_PATIENCE. */
const BENCHMARK_ROUNDS = 200_000
/** The time that a stop waits for requests under way, in milliseconds. */
const STOP_PATIENCE = 500

const NO_PROOFS = 'This is a rehearsal generator: it makes no proofs.'

const derive = promisify(pbkdf2)
let benchmarkUnderWay = null
let requests = 0

const ROUTES = new Map([
  ['GET /api/test', onTest],
  ['GET /api/benchmark', onBenchmark],
  ['POST /api/generateProof', onGenerateProof],
])

try {
  await start()
} catch (error) {
  console.error(oneLine(`rehearsal generator: ${error.message}`))
  process.exit(1)
}

async function start () {
  log(`${NO_PROOFS} It stands in until command= in supervisord.conf names yours.`)
  const { CONFIG_DIR, REHEARSAL_HEARTBEAT_SECONDS = '30', REHEARSAL_PRINT_CONFIG } = process.env
  const folders = CONFIG_DIR ? [CONFIG_DIR] : ['generator_config', '../generator_config']
  const configuration = readConfiguration({ folders })
  if (REHEARSAL_PRINT_CONFIG === 'true') configuration.texts.forEach(text => console.log(text))
  logConfiguration(configuration)
  const servers = await serveMarkets(configuration.runtime.markets)
  // The heartbeat keeps the program up without markets, so it is not unref'd.
  const heartbeat = setInterval(logHeartbeat, Number(REHEARSAL_HEARTBEAT_SECONDS) * 1000)
  const onSignal = signal => stop({ signal, servers, heartbeat })
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  log('Ready')
}

function logConfiguration ({ generators, runtime, paths, digest }) {
  log(`Config read from ${paths.join(' and ')}, digest ${digest}`)
  // Providers put access keys into the rest of the URL, so only the hosts appear.
  const hosts = [runtime.http_url, runtime.ws_url].filter(url => URL.canParse(url)).map(url => new URL(url).host)
  log(`Chain ${runtime.chain_id} from block ${runtime.start_block}, RPC at ${hosts.join(' and ')}`)
  log(`Total number of generators: ${generators.length}`)
  for (const { address, data, supported_markets: markets } of generators.slice(0, LISTED_GENERATORS)) {
    log(`Generator ${address} "${shortened(data ?? '')}", markets: ${markets.length}`)
  }
  if (generators.length > LISTED_GENERATORS) log(`… and ${generators.length - LISTED_GENERATORS} more generators`)
}

/** Starts one server for each port, because markets may share one. */
async function serveMarkets (markets) {
  const withPort = Object.entries(markets).filter(([, { port }]) => port !== undefined)
  const marketOfPort = new Map(withPort.map(([id, { port }]) => [port, id]))
  if (marketOfPort.size === 0) log('No markets in runtime_config.json: nothing is served over HTTP')
  const servers = []
  for (const [port, id] of marketOfPort) {
    servers.push(await serve({ port, id }))
  }
  return servers
}

async function serve ({ port, id }) {
  const server = createServer(onRequest).listen({ host: HOST, port: Number(port) })
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new Error(`runtime_config.json: runtime_config.markets.${shortened(id)}.port: ${error.message}`, { cause: error })
  }
  log(`Market ${shortened(id)}: http://${HOST}:${port}/api`)
  return server
}

async function onRequest (request, response) {
  requests += 1
  const [path] = request.url.split('?')
  const route = ROUTES.get(`${request.method} ${path}`) ?? onUnknown
  const { statusCode, body } = await route()
  response.writeHead(statusCode, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function onTest () {
  return { statusCode: 200, body: { message: 'The rehearsal generator is running; it makes no proofs.', data: null } }
}

async function onBenchmark () {
  // Callers share a run under way, so that no queue of them holds up a stop.
  benchmarkUnderWay ??= benchmark().finally(() => { benchmarkUnderWay = null })
  return { statusCode: 200, body: { data: 'Success', time_in_ms: await benchmarkUnderWay } }
}

/** Makes a real computation off the main thread. Returns its duration in milliseconds. */
async function benchmark () {
  const startedAt = performance.now()
  await derive('rehearsal', 'generator', BENCHMARK_ROUNDS, 32, 'sha256')
  return Math.round(performance.now() - startedAt)
}

function onGenerateProof () {
  return { statusCode: 501, body: { message: NO_PROOFS, data: null } }
}

function onUnknown () {
  return { statusCode: 404, body: { message: 'No such endpoint.', data: null } }
}

function logHeartbeat () {
  log(`Alive for ${Math.round(process.uptime())} s, requests: ${requests}`)
}

/** The process ends with 0 when servers and heartbeat are gone, because nothing else holds it. */
function stop ({ signal, servers, heartbeat }) {
  log(`${signal}: stopping`)
  clearInterval(heartbeat)
  for (const server of servers) {
    server.close()
    setTimeout(() => server.closeAllConnections(), STOP_PATIENCE).unref()
  }
}

function log (message) {
  console.log(oneLine(`${new Date().toISOString()} ${message}`))
}

/** Config text may hold line breaks, escape sequences or bidirectional marks. None of them reaches the log. */
function oneLine (text) {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
}

function shortened (text) {
  const characters = [...text]
  return characters.length > SHOWN_CHARACTERS ? `${characters.slice(0, SHOWN_CHARACTERS - 1).join('')}…` : text
}
