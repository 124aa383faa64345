import { testContractIfInstalled } from '../cases.js'

testContractIfInstalled({ driver: 'XML-RPC', name: 'go-c2cae38', transport: 'http' })
