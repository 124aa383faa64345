/**
 * A stranger of `npm run bench -- strangers`. Its arguments: `new` or `pipelined`, the number of connections, the port,
 * the path.
 */
import { connect } from 'node:net'

const [kind, count, port, path] = process.argv.slice(2)
const REQUEST = `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`
const PIPELINED = 10

for (let index = 0; index < Number(count); index++) open()

/** Sends again after each answer, or begins anew. */
function open (): void {
  const text = kind === 'new' ? REQUEST : REQUEST.repeat(PIPELINED)
  const socket = connect(Number(port), '127.0.0.1', () => socket.write(text))
  let received = ''
  socket.on('data', chunk => {
    received += chunk.toString('latin1')
    const answers = received.split('HTTP/1.1 ').length - 1
    if (kind === 'new') return socket.destroy()
    if (answers < PIPELINED) return
    received = ''
    socket.write(text)
  })
  socket.on('error', () => {})
  socket.on('close', () => open())
}
