/** Measures the service's time to its first answer, beside its limits: `npm run bench -- start`. */
import { bundle } from '../../packaging/bundle.js'
import { measureStart } from './start.js'

await bundle({ program: 'tools/bench/bare.ts', folder: 'dist/bare-bundle' })
await measureStart({ rounds: 5, programs: ['bare', 'bareBundle', 'service', 'unbundled'] })
