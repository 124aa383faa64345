import t from 'tap'
import { describeGenerator, describeRuntime } from '../../../../operator/cli/show/configuration.js'

t.test('fields of a generator', async t => {
  t.equal(describeGenerator({ address: '0x1', supported_markets: ['1', '2'], data: null, future: { field: 1 } }), [
    '  address  0x1',
    '  Markets  1, 2',
    '  future   {"field":1}',
  ].join('\n'))
})

t.test('fields of the runtime config', async t => {
  const markets = {
    1: { port: '6000', ivs_url: 'https://ivs.example', prover_gateway_url: 'https://gateway.example' },
    2: { port: '6001' },
    3: { ivs_url: 'https://ivs.example' },
  }
  t.equal(describeRuntime({ http_url: 'https://rpc.example', params_path: '../params', future: 1, markets }), [
    '  RPC endpoint (http_url)  https://rpc.example',
    '  Parameter folder         ../params',
    '  future                   1',
    '  Markets (markets)        1: port 6000, inputs checked by https://ivs.example, gateway https://gateway.example; ' +
      '2: port 6001; 3: inputs checked by https://ivs.example',
  ].join('\n'))
  t.equal(describeRuntime({ markets: {} }), '  Markets (markets)  none')
})
