/**
 * `npm run bench -- changes` measures what a durable change costs, without HTTP and by HTTP. The same run measures the
 * least that is as durable. RUST_ORIGINAL=PATH adds the original service at that path.
 */
import { measureRequests } from './http.js'
import { measureStore } from './store.js'

await measureStore()
console.log()
await measureRequests()
