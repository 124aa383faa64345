export interface Schema {
  type?: string
  format?: string
  pattern?: string
  enum?: unknown[]
  description?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  anyOf?: Schema[]
}

interface Media {
  schema: Schema
  examples?: Record<string, { value: unknown }>
}

interface Parameter {
  name: string
  in: 'query' | 'header'
  required: boolean
  example?: string
  schema: Schema
  description?: string
}

export interface Operation {
  operationId: string
  summary: string
  description?: string
  tags: string[]
  security?: unknown[]
  parameters?: Parameter[]
  requestBody?: { required: boolean, content: Record<string, Media> }
  responses: Record<string, { content: Record<string, Media> }>
}

export interface OpenApi {
  paths: Record<string, Record<string, Operation>>
}
