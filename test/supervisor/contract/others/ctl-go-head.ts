import { testContract } from '../cases.js'

testContract({ driver: 'ctl', name: 'go-head', transport: 'http' })
