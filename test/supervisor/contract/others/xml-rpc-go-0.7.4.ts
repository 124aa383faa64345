import { testContract } from '../cases.js'

testContract({ driver: 'XML-RPC', name: 'go-0.7.4', transport: 'http' })
