import t from 'tap'
import { createInstruments } from '../../src/metrics/instruments.js'

t.test('an endpoint that fails, or does not tell the block number', async t => {
  const instruments = createInstruments({ version: '1.2.3' })
  instruments.rpcExchanged(0.2, new Error('refused'))
  instruments.accountRead({ balanceWei: 123_456_789_000_000_000n, blockNumber: null })
  instruments.rpcLimited()
  const text = await instruments.print()
  t.match(text, /^generator_client_rpc_limits_total 1$/m)
  t.match(text, /^generator_client_rpc_request_duration_seconds_bucket\{le="0.25",outcome="failed"\} 1$/m)
  t.match(text, /^generator_client_runtime_key_balance_ether 0.123456789$/m)
  t.notMatch(text, /^generator_client_chain_block_height /m)
  t.match(text, /^generator_client_build_info\{version="1.2.3"\} 1$/m)
})

t.test('conditions that hold and that do not; programs that are gone', async t => {
  const instruments = createInstruments({ version: '1.2.3' })
  instruments.readinessChecked([{ name: 'storage', problem: null }, { name: 'supervisor', problem: 'it hangs' }])
  const process = {
    name: 'generator',
    pid: null,
    uptime_seconds: null,
    started_at: null,
    stopped_at: null,
    exit_code: 3,
    exit_signal: null,
    restarts: 2,
    description: null,
  }
  instruments.programsRead([{ ...process, state: 'FATAL' }])
  const text = await instruments.print()
  t.match(
    text, /^generator_client_ready\{condition="storage"\} 1\ngenerator_client_ready\{condition="supervisor"\} 0$/m
  )
  t.match(text, /^generator_client_program_state\{program="generator",state="FATAL"\} 1$/m)
  t.match(text, /^generator_client_program_last_exit_code\{program="generator"\} 3$/m)
  t.notMatch(text, /^generator_client_program_(uptime|start_time)_seconds\{/m)
  instruments.programsRead([])
  t.notMatch(await instruments.print(), /^generator_client_program_.*"generator"/m)
})
