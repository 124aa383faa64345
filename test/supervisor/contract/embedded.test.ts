import { testContract } from './cases.js'

testContract({ driver: 'embedded' })
