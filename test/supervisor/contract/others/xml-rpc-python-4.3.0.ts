import { testContract } from '../cases.js'

testContract({ driver: 'XML-RPC', name: 'python-4.3.0', transport: 'http' })
