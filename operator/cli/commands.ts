import type { Command } from './command.js'
import { initKey, rotateKey } from './commands/api-key.js'
import { createCompletion } from './commands/completion.js'
import {
  configSet, configShow, generatorAdd, generatorRemove, generatorUpdate, setup
} from './commands/configuration.js'
import { doctor } from './commands/doctor.js'
import { connect } from './commands/enclave/connect.js'
import { info } from './commands/enclave/info.js'
import { enclavePcrs, enclaveVerify } from './commands/enclave.js'
import { keys, signAddress, signAttestation } from './commands/keys.js'
import { benchmark, logs, preflight, restart, start, stop } from './commands/process.js'
import { resetKey } from './commands/reset-key.js'
import { serve } from './commands/serve.js'
import { status } from './commands/status.js'
import { supervisordCheck } from './commands/supervisord.js'

/** All commands, in the order of the help. The groups follow the operator's day. */
export const COMMANDS: Command[] = [
  enclavePcrs, enclaveVerify, connect, info,
  initKey, rotateKey,
  setup, configShow, configSet, generatorAdd, generatorUpdate, generatorRemove,
  preflight, start, status, logs, restart, stop, benchmark,
  keys, signAddress, signAttestation,
  serve, doctor, supervisordCheck, resetKey,
  createCompletion(() => COMMANDS),
]
