/** Measures the service's time to its first answer, beside a server of Node alone: `npm run bench -- start`. */
import { measureStart } from './start.js'

await measureStart({ rounds: 15, programs: ['node', 'bare', 'service', 'unbundled'] })
