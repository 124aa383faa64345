#!/usr/local/bin/node
/** Stands in for dnsproxy. Every name gets the address 203.0.113.10, which no host has (RFC 5737). */
const { createSocket } = require('node:dgram')

const HEADER_BYTES = 12
const TYPE_A = 1
/** A pointer to the name in the question, type A, class IN, 60 s, four bytes of address. */
const RECORD = Buffer.from([0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 10])

const socket = createSocket('udp4')
socket.on('message', (query, { port, address }) => {
  const end = query.indexOf(0, HEADER_BYTES) + 5
  const records = query.readUInt16BE(end - 4) === TYPE_A ? [RECORD] : []
  const header = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, records.length, 0, 0, 0, 0])
  socket.send(Buffer.concat([header, query.subarray(HEADER_BYTES, end), ...records]), port, address)
})
socket.bind(53, '127.0.0.1')
