#!/usr/local/bin/node
/**
 * Stands in for the init of an EIF, and for Docker's own. It runs a program, passes SIGTERM on, and ends as the program
 * ends. Go supervisord loses exit codes as process 1.
 */
const { spawn } = require('node:child_process')

const [program, ...values] = process.argv.slice(2)
const child = spawn(program, values, { stdio: 'inherit' })
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code, signal) => process.exit(code ?? 128 + require('node:os').constants.signals[signal]))
