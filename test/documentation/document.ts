import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { SECRET } from '../fixtures/configuration.js'
import { build, type Service } from '../helper.js'

interface Media {
  schema: object
  examples?: Record<string, { value: any }>
}

export interface Answer {
  description: string
  headers: Record<string, { required: boolean, schema: object }>
  content: Record<string, Media>
}

export interface Operation {
  operationId: string
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  summary?: string
  tags?: string[]
  security?: unknown[]
  parameters?: { name: string, in: 'query' | 'header', required: boolean, example?: string, schema: object }[]
  requestBody?: { required: boolean, content: Record<string, Media> }
  responses: Record<string, Answer>
}

const PROJECT = join(import.meta.dirname, '../..')

/** The service with the rehearsal generator and the enclave key that the examples were made with. */
export async function buildDocumented (t: Test): Promise<Service> {
  const folder = t.testdir({
    data: {},
    'supervisord.conf': '[program:kalypso-generator]\nautostart=false\nstartsecs=1\n' +
      `command=node "${PROJECT}/supervisord/rehearsal-generator.mjs"\n`,
  })
  await writeFile(join(folder, 'secp.sec'), Buffer.from(SECRET, 'hex'), { mode: 0o600 })
  return await build(t, {
    folder: join(folder, 'data'),
    variables: { SUPERVISORD_CONF: join(folder, 'supervisord.conf'), SECP_KEY_PATH: join(folder, 'secp.sec') },
  })
}

export async function fetchOperations ({ app }: Service): Promise<Operation[]> {
  return operationsOf((await app.inject('/documentation/json')).json())
}

/** Every operation of an OpenAPI document. */
export function operationsOf ({ paths }: Record<string, any>): Operation[] {
  return Object.entries<Record<string, Operation>>(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      ...operation, path, method: method.toUpperCase() as Operation['method']
    }))
  )
}

export function exampleOf (content: Record<string, Media> | undefined): any {
  return Object.values(content?.['application/json']?.examples ?? {})[0]?.value
}
