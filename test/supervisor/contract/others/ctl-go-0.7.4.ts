import { testContract } from '../cases.js'

testContract({ driver: 'ctl', name: 'go-0.7.4', transport: 'http' })
