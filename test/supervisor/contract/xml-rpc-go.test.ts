import { testContract, testOthers } from './cases.js'

testContract({ driver: 'XML-RPC', name: 'go-0.7.3', transport: 'unix' })
testOthers('XML-RPC', ['go-c2cae38', 'go-0.7.4', 'go-head'])
