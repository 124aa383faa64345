import { testContract, testOthers } from './cases.js'

testContract({ driver: 'XML-RPC', name: 'python-4.2.5', transport: 'http' })
testOthers('XML-RPC', ['python-4.3.0'])
