import { testContract } from './cases.js'

testContract({ driver: 'ctl', name: 'go-c2cae38', transport: 'unix' })
testContract({ driver: 'XML-RPC', name: 'go-c2cae38', transport: 'http' })
testContract({ driver: 'ctl', name: 'go-0.7.4', transport: 'unix' })
testContract({ driver: 'XML-RPC', name: 'go-0.7.4', transport: 'http' })
