#!/usr/bin/env node
import { run } from './run.js'

// The reader of the output may leave, as `head` does.
process.stdout.on('error', () => { process.exit() })

const { argv, env: environment, stdin, stdout, stderr } = process
// exit() would end `serve`, and could lose output to a pipe that is still on its way.
process.exitCode = await run({ argv: argv.slice(2), environment, streams: { stdin, stdout, stderr } })
