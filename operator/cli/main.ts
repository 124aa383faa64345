#!/usr/bin/env node
import { run } from './run.js'

// Whoever reads the output may leave, as `head` does.
process.stdout.on('error', () => { process.exit() })

const { argv, env: environment, stdin, stdout, stderr } = process
// Not exit(): `serve` goes on, and output to a pipe may still be on its way.
process.exitCode = await run({ argv: argv.slice(2), environment, streams: { stdin, stdout, stderr } })
