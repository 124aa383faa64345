#!/usr/local/bin/node
/** Stands in for Oyster's attestation-server. It has its own stand-in of the security module sign the public key. */
const { readFileSync } = require('node:fs')
const { createServer, request } = require('node:http')
const { parseArgs } = require('node:util')

const { 'ip-addr': address, 'pub-key': publicPath } = parseArgs({
  options: { 'ip-addr': { type: 'string' }, 'pub-key': { type: 'string' } },
}).values
const [host, port] = address.split(':')
const publicKey = readFileSync(publicPath)
const ENCODINGS = new Map([['/attestation/raw', 'latin1'], ['/attestation/hex', 'hex']])

createServer(({ url }, response) => {
  const encoding = ENCODINGS.get(url)
  if (encoding === undefined) return response.writeHead(404).end()
  const failed = () => response.writeHead(500).end()
  request({ socketPath: '/run/nsm.sock', method: 'POST', agent: false }, async answer => {
    const document = Buffer.concat(await answer.toArray())
    response.end(document.toString(encoding), 'latin1')
  }).on('error', failed).end(publicKey)
}).listen(Number(port), host)
