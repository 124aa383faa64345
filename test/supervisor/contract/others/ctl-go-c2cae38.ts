import { testContract } from '../cases.js'

testContract({ driver: 'ctl', name: 'go-c2cae38', transport: 'http' })
