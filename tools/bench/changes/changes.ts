/**
 * `npm run bench -- changes`: what a durable change costs, without HTTP and by HTTP, beside the least that is as durable in the same run.
 * With RUST_ORIGINAL=PATH also beside the original service at that path.
 */
import { measureRequests } from './http.js'
import { measureStore } from './store.js'

await measureStore()
console.log()
await measureRequests()
