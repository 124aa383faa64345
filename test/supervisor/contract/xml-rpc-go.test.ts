import { testContract } from './cases.js'

testContract({ driver: 'XML-RPC', name: 'go-0.7.3', transport: 'unix' })
