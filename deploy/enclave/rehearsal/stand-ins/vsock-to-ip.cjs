#!/usr/local/bin/node
/**
 * Stands in for Oyster's vsock-to-ip. The unix socket /run/vsock/88:5000 is vsock 88:5000, and leads to a port of
 * loopback.
 */
const { mkdirSync, rmSync } = require('node:fs')
const { connect, createServer } = require('node:net')
const { parseArgs } = require('node:util')

const { 'vsock-addr': vsock, 'ip-addr': address } = parseArgs({
  options: { 'vsock-addr': { type: 'string' }, 'ip-addr': { type: 'string' } },
}).values
const [host, port] = address.split(':')
const path = `/run/vsock/${vsock}`
mkdirSync('/run/vsock', { recursive: true })
// A restart finds the socket of the previous run.
rmSync(path, { force: true })

createServer(outside => {
  const inside = connect(Number(port), host)
  outside.pipe(inside).pipe(outside)
  // A connection that breaks on one side ends on the other.
  inside.on('error', () => outside.destroy())
  outside.on('error', () => inside.destroy()).on('close', () => inside.destroy())
}).listen(path)
