import { testContract } from '../cases.js'

testContract({ driver: 'XML-RPC', name: 'go-c2cae38', transport: 'http' })
