#!/usr/local/bin/node
/** Stands in for Oyster's attestation-server. It tells the public key, without the hardware's signature over it. */
const { readFileSync } = require('node:fs')
const { createServer } = require('node:http')
const { parseArgs } = require('node:util')

const { 'ip-addr': address, 'pub-key': publicPath } = parseArgs({
  options: { 'ip-addr': { type: 'string' }, 'pub-key': { type: 'string' } },
}).values
const [host, port] = address.split(':')
const document = Buffer.from(
  JSON.stringify({ stands_in_for: 'attestation-server', public_key: readFileSync(publicPath, 'hex') })
)
const ANSWERS = new Map([['/attestation/raw', document], ['/attestation/hex', document.toString('hex')]])

createServer(({ url }, response) => {
  const answer = ANSWERS.get(url)
  response.writeHead(answer === undefined ? 404 : 200).end(answer)
}).listen(Number(port), host)
