import { setImmediate } from 'node:timers/promises'

/** The length of a JSON text, in UTF-16 units, that takes a millisecond to parse. */
const PIECE_LENGTH = 65_536

/** The fields of an object as JSON texts. A long list has several texts, and each is a list. */
export type Pieces = { name: string, isList: boolean, texts: string[] }[]

/** Cuts an object of JSON values into texts. None of them takes long to parse. */
export function toPieces (object: object): Pieces {
  return Object.entries(object).map(([name, value]) => Array.isArray(value)
    ? { name, isList: true, texts: [...listTexts(value)] }
    : { name, isList: false, texts: [JSON.stringify(value)] })
}

function * listTexts (list: unknown[]): Generator<string> {
  let waiting: string[] = []
  let length = 0
  for (const item of list) {
    const text = JSON.stringify(item)
    waiting.push(text)
    length += text.length
    if (length < PIECE_LENGTH) continue
    yield `[${waiting.join()}]`
    waiting = []
    length = 0
  }
  yield `[${waiting.join()}]`
}

/** Joins an object again. It parses one piece in each turn of the event loop. */
export async function fromPieces (pieces: Pieces): Promise<Record<string, unknown>> {
  const fields: [string, unknown][] = []
  for (const { name, isList, texts } of pieces) {
    const values: unknown[] = []
    for (const text of texts) {
      await setImmediate()
      values.push(JSON.parse(text))
    }
    fields.push([name, isList ? values.flat(1) : values[0]])
  }
  return Object.fromEntries(fields)
}
