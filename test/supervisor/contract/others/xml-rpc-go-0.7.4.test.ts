import { testContractIfInstalled } from '../cases.js'

testContractIfInstalled({ driver: 'XML-RPC', name: 'go-0.7.4', transport: 'http' })
