import { testContractIfInstalled } from '../cases.js'

testContractIfInstalled({ driver: 'ctl', name: 'go-head', transport: 'http' })
