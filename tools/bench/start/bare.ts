/** The limit to measure against: Fastify alone, answering on one route. */
import fastify from 'fastify'

// The largest body that the service takes has this size.
const server = fastify({ bodyLimit: 16 * 1024 * 1024 })
const answer = { status: 'success', message: 'Generator status fetched', data: "Generator hasn't been started yet." }
server.get('/', async () => answer)
server.post('/', async () => answer)
const address = await server.listen({ port: 0, host: '127.0.0.1' })
console.log(JSON.stringify({ msg: `Server listening at ${address}` }))
