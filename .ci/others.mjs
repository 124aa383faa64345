/**
 * Plays those that the service calls, for `.ci/smoke`: an RPC endpoint of chain 31337 without contracts (/rpc), a supervisord whose generator
 * runs (/RPC2), and a market's program (/api/benchmark).
 * Listens on two ports, since a market's must not be the supervisor's, and prints them.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'

const RESULTS = { eth_chainId: '0x7a69', eth_getBalance: '0xde0b6b3a7640000', eth_blockNumber: '0x1' }

const TEXTS = { name: 'kalypso-generator', group: 'kalypso-generator', statename: 'RUNNING', description: '', spawnerr: '', stdout_logfile: '', stderr_logfile: '' }
const NUMBERS = { state: 20, start: 1, stop: 0, now: 2, exitstatus: 0, pid: 1 }

function answerRpc (text) {
  const answer = ({ id, method }) => ({ jsonrpc: '2.0', id, result: RESULTS[method] ?? '0x' })
  const request = JSON.parse(text)
  return JSON.stringify(Array.isArray(request) ? request.map(answer) : answer(request))
}

function answerXmlRpc () {
  const members = Object.entries({ ...TEXTS, ...NUMBERS }).map(([name, value]) => {
    const type = name in NUMBERS ? 'int' : 'string'
    return `<member><name>${name}</name><value><${type}>${value}</${type}></value></member>`
  })
  return `<?xml version="1.0"?><methodResponse><params><param><value><struct>${members.join('')}</struct></value></param></params></methodResponse>`
}

const ANSWERS = { '/rpc': answerRpc, '/RPC2': answerXmlRpc, '/api/benchmark': () => JSON.stringify({ data: 'Success', time_in_ms: 8725 }) }

const servers = [1, 2].map(() => createServer(async (request, response) => {
  const chunks = await request.toArray()
  response.end(ANSWERS[request.url](Buffer.concat(chunks).toString()))
}).listen(0, '127.0.0.1'))
await Promise.all(servers.map(async server => await once(server, 'listening')))
console.log(...servers.map(server => server.address().port))
