/** The least that a start takes: an HTTP server of Node alone. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const server = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ msg: `Server listening at http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})
