import { testContractIfInstalled } from '../cases.js'

testContractIfInstalled({ driver: 'ctl', name: 'go-c2cae38', transport: 'http' })
