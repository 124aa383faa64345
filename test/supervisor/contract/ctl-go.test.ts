import { testContract, testOthers } from './cases.js'

testContract({ driver: 'ctl', name: 'go-0.7.3', transport: 'http' })
testOthers('ctl', ['go-c2cae38', 'go-0.7.4', 'go-head'])
