import { testContractIfInstalled } from '../cases.js'

testContractIfInstalled({ driver: 'ctl', name: 'go-0.7.4', transport: 'http' })
