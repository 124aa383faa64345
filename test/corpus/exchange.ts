import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

export interface Exchange {
  answers: Answer[]
  /** The service ended the connection. */
  closed: boolean
  /** The bytes that are no part of the answers. */
  surplus: string
  /** All bytes, as they came. */
  received: string
}

const PATIENCE_MS = 20_000
/** A surplus answer has come by then, on loopback. */
const SETTLING_MS = 20

/**
 * Sends bytes on a new connection and reads `count` answers. If the connection goes on, it sends `probe` and reads one
 * more answer. Bytes that spoil the connection's state would change this answer.
 */
export async function exchange ({ port, bytes, count, ends = false, hasBody, probe }: {
  port: number, bytes: Buffer, count: number, ends?: boolean, hasBody: boolean, probe: Buffer
}): Promise<Exchange> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const reader = createReader(socket, hasBody)
  await once(socket, 'connect')
  socket.write(bytes)
  if (ends) socket.end()
  await reader.until(() => reader.answers.length >= count || reader.closed())
  if (ends) await reader.until(reader.closed)
  else await reader.settle(SETTLING_MS)
  if (!reader.closed()) {
    socket.write(probe)
    reader.expectBody()
    await reader.until(() => reader.answers.length > count || reader.closed())
  }
  socket.destroy()
  return { answers: reader.answers, closed: reader.closed(), surplus: reader.rest(), received: reader.received() }
}

function createReader (socket: Socket, hasBody: boolean) {
  const answers: Answer[] = []
  let received = ''
  let rest = ''
  let isClosed = false
  let withBody = hasBody
  let wake = () => {}
  socket.on('error', () => {})
  socket.setEncoding('latin1').on('data', data => {
    received += data
    rest += data
    for (let taken = takeAnswer(rest, withBody); taken !== null; taken = takeAnswer(rest, withBody)) {
      answers.push(taken.answer)
      rest = taken.rest
    }
    wake()
  })
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      isClosed = true
      wake()
    })
  }

  async function until (isDone: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (!isDone()) {
      if (performance.now() > deadline) {
        throw new Error(
          `no answer in ${PATIENCE_MS} ms, ${answers.length} so far: ${JSON.stringify(answers)} ${rest}`
        )
      }
      await settle(1000)
    }
  }

  async function settle (milliseconds: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, milliseconds)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    wake = () => {}
  }

  return {
    answers,
    until,
    settle,
    closed: () => isClosed,
    rest: () => rest,
    received: () => received,
    expectBody: () => { withBody = true },
  }
}

/** Takes one whole answer from the beginning of the text. Every answer of the service tells its length. */
function takeAnswer (text: string, hasBody: boolean): { answer: Answer, rest: string } | null {
  const [head] = text.split('\r\n\r\n', 1) as [string]
  if (head.length === text.length) return null
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(lines.map(line => line.toLowerCase().split(': ') as [string, string]))
  const start = head.length + 4
  const end = start + (hasBody ? Number(headers['content-length'] ?? 0) : 0)
  if (text.length < end) return null
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1])
  return {
    answer: { status, headers, body: Buffer.from(text.slice(start, end), 'latin1').toString() }, rest: text.slice(end)
  }
}
