import { RuntimeConfig, type RuntimeConfigUpdate } from '../../../schemas/configuration.js'
import { UsageError } from '../exit-codes.js'
import { parseJson, readInput } from './input.js'

/**
 * Reads FIELD=VALUE and FIELD=@FILE. A value is text where the field is text, else JSON. The service checks names
 * and values. Throws a UsageError.
 */
export async function parseAssignments (
  assignments: string[],
  stdin: NodeJS.ReadableStream
): Promise<RuntimeConfigUpdate> {
  const fields: [string, unknown][] = []
  for (const assignment of assignments) {
    const [, field, value] = /^(\w+)=(.*)$/s.exec(assignment) ?? []
    if (field === undefined || value === undefined) {
      throw new UsageError(`${JSON.stringify(assignment.slice(0, 20))} is not of the form FIELD=VALUE`)
    }
    fields.push([field, parseValue(field, await textOf(field, value, stdin))])
  }
  return Object.fromEntries(fields)
}

async function textOf (field: string, value: string, stdin: NodeJS.ReadableStream): Promise<string> {
  if (value.startsWith('@')) return (await readInput(value.slice(1), stdin)).trimEnd()
  if (field === 'private_key') {
    throw new UsageError(
      'private_key: other users of this machine can read arguments; put the key into a file, and say private_key=@FILE (@- for standard input)'
    )
  }
  return value
}

function parseValue (field: string, text: string): unknown {
  const schema = Object.entries(RuntimeConfig.properties).find(([name]) => name === field)?.[1]
  if (schema === undefined || schema['type'] === 'string') return text
  // zkbob_market_id is an integer or text.
  if (schema['anyOf'] !== undefined && !/^\d+$/.test(text)) return text
  return parseJson(field, text)
}
