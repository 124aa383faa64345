import t from 'tap'
import { createInstruments } from '../../src/metrics/instruments.js'

t.test('an endpoint that fails, or does not tell the block number', async t => {
  const instruments = createInstruments({ version: '1.2.3' })
  instruments.rpcExchanged(0.2, new Error('refused'))
  instruments.accountRead({ balanceWei: 123_456_789_000_000_000n, blockNumber: null })
  const text = await instruments.print()
  t.match(text, /^generator_client_rpc_request_duration_seconds_bucket\{le="0.25",outcome="failed"\} 1$/m)
  t.match(text, /^generator_client_runtime_key_balance_ether 0.123456789$/m)
  t.notMatch(text, /^generator_client_chain_block_height /m)
  t.match(text, /^generator_client_build_info\{version="1.2.3"\} 1$/m)
})
