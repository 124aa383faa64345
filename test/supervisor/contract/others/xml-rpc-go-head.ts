import { testContract } from '../cases.js'

testContract({ driver: 'XML-RPC', name: 'go-head', transport: 'http' })
