import { testContract } from './cases.js'

testContract({ driver: 'XML-RPC', name: 'python-4.2.5', transport: 'http' })
