import { testContractIfInstalled } from '../cases.js'

testContractIfInstalled({ driver: 'XML-RPC', name: 'python-4.3.0', transport: 'http' })
