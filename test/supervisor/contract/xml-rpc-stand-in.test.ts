import { testContract } from './cases.js'

testContract({ driver: 'XML-RPC', name: 'stand-in', transport: 'http' })
