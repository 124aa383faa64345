import { testContractIfInstalled } from '../cases.js'

testContractIfInstalled({ driver: 'XML-RPC', name: 'go-head', transport: 'http' })
