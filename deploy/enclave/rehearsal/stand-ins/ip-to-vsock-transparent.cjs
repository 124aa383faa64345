#!/usr/local/bin/node
/** Stands in for Oyster's ip-to-vsock-transparent. It answers every call to the outside, and says who it is. */
const { createServer } = require('node:http')
const { parseArgs } = require('node:util')

const { 'ip-addr': address } = parseArgs({
  options: { 'vsock-addr': { type: 'string' }, 'ip-addr': { type: 'string' } },
}).values
const [host, port] = address.split(':')

createServer(({ headers }, response) => {
  response.end(JSON.stringify({ stands_in_for: 'ip-to-vsock-transparent', host: headers.host }))
}).listen(Number(port), host)
