import { writeFile } from 'node:fs/promises'
import { createCollection } from './collection.js'

// The working folder is the project's.
await writeFile(
  'deploy/postman/generator-client.postman_collection.json', `${JSON.stringify(createCollection(), null, 2)}\n`
)
